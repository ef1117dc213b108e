import { copyFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { randomHex } from '../../text/hash.ts'
import type { WritingGit } from '../git/git.ts'
import { snapshotLimits } from './list.ts'

export type TakeOptions = {
  /** Where git keeps what it knows about the files between two snapshots. */
  index: string
  /** The folder that holds the files, when it is not the work tree of this git. */
  top?: string
  /** Paths that stay as they are in the index, whatever the working tree holds. */
  kept?: readonly string[]
  signal?: AbortSignal | undefined
}

/**
 * The tree of these files as they are now, by its id. What has not changed since the last snapshot with the same index is
 * not read again. Two may be taken at once.
 */
export async function takeTree(own: WritingGit, paths: readonly string[], options: TakeOptions): Promise<string> {
  const { index, top, kept = [], signal } = options
  const temporary = `${index}.${randomHex(6)}`
  const env = { GIT_INDEX_FILE: temporary, ...(top !== undefined && { GIT_WORK_TREE: top }) }
  const git = {
    env,
    ...(top !== undefined && { cwd: top }),
    timeoutMs: snapshotLimits.ms,
    signal,
    maxBytes: 128 * 1024 * 1024,
  }
  try {
    await copyIndex(index, temporary)
    const known = (await own.run(['ls-files', '-z'], git)).split('\0').filter((path) => path !== '')
    const wanted = new Set([...paths, ...kept])
    const gone = known.filter((path) => !wanted.has(path)).map((path) => `0 ${'0'.repeat(40)}\t${path}\0`)
    if (gone.length > 0) await own.run(['update-index', '-z', '--index-info'], { ...git, input: gone.join('') })
    const input = paths.map((path) => `${path}\0`).join('')
    // Without any input git would wait for it.
    if (input !== '')
      await own.run(['update-index', '--add', '--remove', '--replace', '-z', '--stdin'], { ...git, input })
    const tree = (await own.run(['write-tree'], git)).trim()
    // Of no files at all there is no index.
    await rename(temporary, index).catch(() => undefined)
    return tree
  } finally {
    await rm(temporary, { force: true })
    await rm(`${temporary}.lock`, { force: true })
  }
}

/** git looks again at every file that is not older than the index: a copy must not look newer than what it was made from. */
async function copyIndex(from: string, to: string): Promise<void> {
  const found = await stat(from).catch(() => undefined)
  if (found === undefined) return
  await copyFile(from, to)
  const time = Math.floor(found.mtimeMs / 1000) - 1
  await utimes(to, time, time)
}
