export type GitOptions = {
  /** Output past this many bytes is an error. */
  maxBytes?: number
  timeoutMs?: number
  signal?: AbortSignal
}

/** The only way to git. `args` are ours: a model's or a user's string reaches git only as a resolved id or behind `--`. */
export type Git = {
  /** The top of the working tree: canonical, absolute. Every command runs there. */
  readonly top: string
  /** Standard output of one command. Rejects with LocalBrainError('git-failed'). */
  run(args: readonly string[], options?: GitOptions): Promise<string>
  /** A revision as a person wrote it → one hexadecimal commit id. Rejects with LocalBrainError('unknown-revision'). */
  resolve(revision: string): Promise<string>
}
