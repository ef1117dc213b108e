/** What was found at a path: `bytes` from its start, at most as many as were asked for; none for a folder. */
export type Found = {
  path: string
  /** The path once every link is followed. */
  real: string
  kind: 'file' | 'directory'
  size: number
  modified: Date | null
  bytes: Buffer
}

export type FindOptions = { maxBytes: number; named?: boolean | undefined }

export type Entry = { name: string; kind: 'file' | 'directory' }

/** Where content comes from: the working tree or the index. Both refuse with LocalBrainError('not-available'). */
export type View = {
  find(path: string, options: FindOptions): Promise<Found>
  /**
   * Reads folders for one walk: a path relative to the root → what a run may see in it. `left` becomes true when
   * something was left out for a limit.
   */
  startWalk(under: string): Promise<Walk>
  /** Forgets what it has found out about the folder. */
  refresh(): void
}

export type Walk = { entries(folder: string): Promise<Entry[]>; left: boolean }
