/** One line that the model is shown. `number` counts in the new file from 1; a removed line has none. */
export type UnitLine = { number: number | null; kind: 'added' | 'context' | 'removed'; text: string }

/** What one model call looks at. Line numbers count from 1 and include both ends. */
export type Unit = {
  /** Relative to the root, `/`-separated; `<stdin>` for piped text. */
  path: string
  language: string
  kind: 'file' | 'hunk' | 'text'
  side: 'new' | 'old'
  startLine: number
  endLine: number
  /** What stands for it in a prompt: a file's text as written, or a diff's lines with their numbers. */
  text: string
  lines: readonly UnitLine[]
  /** The definition it lies in, as a reader would call it. */
  scope?: string
  /** Set when one file had to be divided; `index` counts from 1. */
  part?: { index: number; of: number; lines: number }
}

/** Something that is not looked at, and why. Without lines it is the whole file. */
export type NotReviewed = { path: string; reason: string; startLine?: number; endLine?: number }

export type ScopeKind = 'files' | 'staged' | 'unstaged' | 'base' | 'stdin' | 'prompt'

/** The work of a run: together, units and skipped are the whole input. */
export type Gathered = {
  scope: { kind: ScopeKind; base: string | null }
  units: Unit[]
  skipped: NotReviewed[]
  /** The whole diff as text, when the work is a diff. */
  diff: string
  branch: string
  warnings: string[]
}
