import { gather, readToEnd } from '../../src/input/index.ts'
import { type Gathered, type Unit, type UnitLine, type Work, linesOf } from '../../src/input/unit.ts'
import { openWorkspace } from '../../src/workspace/open.ts'
import { type Files, createRepository, environment, git, write } from '../workspace.ts'

type Options = { view?: 'worktree' | 'index'; root?: string; unitChars?: number; cwd?: string }

/** Gathers as a run does, from a folder. */
export async function gatherIn(folder: string, work: Partial<Work>, options: Options = {}): Promise<Gathered> {
  const { root = folder, view = 'worktree', unitChars = 7000, cwd = folder } = options
  const workspace = await openWorkspace({ root, environment, view })
  return readToEnd(await gather({ files: [], prompt: '', ...work }, workspace, { unitChars, cwd }))
}

/** A repository with `before` committed and `after` staged on top of it. */
export function staged(before: Files, after: Files): string {
  const folder = createRepository({ 'keep.txt': 'kept\n', ...before })
  write(folder, after)
  git(folder, 'add', '-A')
  return folder
}

export const paths = (gathered: Gathered): string[] => gathered.units.map((unit) => unit.path)

/** `path: reason` of what is skipped. */
export const reasons = (gathered: Gathered): string[] =>
  gathered.skipped.map(({ path, reason }) => `${path}: ${reason}`)

/** The changed lines of a unit as a diff marks them, with their numbers. */
export const changesOf = (unit: Unit | undefined): string[] =>
  (unit ? linesOf(unit) : []).filter((line) => line.kind !== 'context').map(changeOf)

function changeOf({ kind, number, text }: UnitLine): string {
  return kind === 'added' ? `+${number} ${text}` : `- ${text}`
}
