/** What can happen to a file. */
export const changeKinds = ['create', 'modify', 'delete', 'move'] as const

export type ChangeKind = (typeof changeKinds)[number]

/** A change that was made. `added` and `removed` count lines. */
export type Change = { path: string; kind: ChangeKind; from?: string; added: number; removed: number }

/** What a person and a skill allow an editor. */
export type EditPolicy = {
  /** Globs of what may be written. Default: everything in the workspace that may be written at all. */
  scope?: readonly string[]
  /** Globs of files that need no more consent than others, although something else runs or obeys them. */
  allowPaths?: readonly string[]
  /** Our own program and folders, where they lie inside the workspace. */
  ours?: readonly string[]
  /** How much may change before a person is asked: files and lines. */
  limits?: { files?: number; lines?: number }
  /** Gets each change once it is done. */
  onChange?: (change: Change) => void
}
