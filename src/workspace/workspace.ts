import type { Git } from './git/git.ts'
import type { Ignored } from './ignored.ts'

/** A text file as it was read: without its BOM; line ends are kept as in the file. */
export type FileText = {
  /** Relative to the root, with `/`. */
  path: string
  text: string
  /** Bytes on disk (or in the index). */
  size: number
  encoding: 'utf-8' | 'utf-16le' | 'utf-16be'
  /** More bytes are there than were read. */
  truncated: boolean
  /** Some bytes were not valid in the encoding and stand as U+FFFD. */
  lossy: boolean
}

export type FileInfo = {
  path: string
  size: number
  modified: Date | null
  kind: 'file' | 'directory'
  binary: boolean
}

export type ListOptions = {
  /** A folder below the root; default the root. */
  under?: string
  /** A glob relative to `under`; default everything below it. */
  pattern?: string
  /** A pattern without `/` matches at any depth. */
  anyDepth?: boolean
  /** Folders as well, each with a `/` at its end. */
  folders?: boolean
  /** The most entries to return; the result says when there are more. */
  limit?: number
}

/** Paths are relative to the root, sorted, free of ignored files, secrets and `.git`. */
export type Listing = { paths: string[]; truncated: boolean }

/**
 * The folder that a run may read, and the only way to it. Everything outside, everything ignored, secrets and `.git`
 * are refused with the same LocalBrainError('not-available') as a file that does not exist. A file that is there
 * but is not text is refused with 'unreadable-file'.
 */
export type Workspace = {
  /** Canonical and absolute. */
  readonly root: string
  /** `index`: file content comes from git's index, as in a commit hook. */
  readonly view: 'worktree' | 'index'
  /** Null outside a git repository. */
  readonly git: Git | null
  /** Of a copy to work in: what the rules of the workspace that it is a copy of say, whatever is written in the copy. */
  readonly ignored: Ignored
  /** A path as a person or a model wrote it, absolute or relative to the root → relative to the root, `/`-separated. */
  relative(path: string): string
  /** `named`: a person named this very file, so it may be one that is ignored. No tool may set it. */
  read(path: string, options?: { maxBytes?: number; named?: boolean }): Promise<FileText>
  info(path: string): Promise<FileInfo>
  list(options?: ListOptions): Promise<Listing>
  /** Forgets which files there are and what is ignored: after something was written to the folder. */
  refresh(): void
}
