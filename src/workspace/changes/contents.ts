import { lstat, readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sha256 } from '../../text/hash.ts'
import { createBlobReader } from '../git/blobs.ts'
import type { WritingGit } from '../git/git.ts'
import type { Side } from './difference.ts'
import { snapshotLimits } from './list.ts'
import type { StoredSide } from './proposal.ts'

/** The bytes of a kept content. */
export async function contentOf(own: WritingGit, id: string): Promise<Buffer> {
  return own.bytes(['cat-file', 'blob', id], { maxBytes: snapshotLimits.fileBytes + 1 })
}

/** The same sides, with the hash that a file is compared by. */
export async function hashSides(own: WritingGit, sides: readonly Side[]): Promise<StoredSide[]> {
  const read = createBlobReader(own)
  return Promise.all(
    sides.map(async (side) => {
      if (side === null) return null
      const { bytes } = await read(side.id, snapshotLimits.fileBytes + 1)
      return { ...side, sha256: sha256(bytes) }
    }),
  )
}

/** Keeps these contents by themselves, wherever they come from: those of a repository may be gone tomorrow. */
export async function keepContents(own: WritingGit, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const { folder } = await own.place()
  const input = [...new Set(ids)].map((id) => `${id}\n`).join('')
  const output = await own.run(['pack-objects', '-q', '--window=0', join(folder, 'objects/pack/pack')], { input })
  return output.split('\n').filter((name) => name !== '')
}

/**
 * What is at a path now: the hash and the mode of a plain file, null where there is nothing, else why it can't be
 * compared.
 */
export async function stateOf(
  top: string,
  path: string,
): Promise<{ sha256: string; executable: boolean } | null | string> {
  const full = join(top, path)
  const folder = await realpath(dirname(full)).catch(absent)
  // guard: apply-links
  if (folder !== undefined && folder !== dirname(full)) return 'its folder is a link'
  const found = await lstat(full).catch(absent)
  if (found === undefined) return (await isBelowFile(dirname(full))) ? belowFile : null
  if (found.isDirectory()) return aFolder
  if (!found.isFile()) return found.isSymbolicLink() ? 'a symbolic link' : 'not a file'
  return { sha256: sha256(await readFile(full)), executable: (found.mode & 0o111) !== 0 }
}

export const aFolder = 'a folder'
export const belowFile = 'below something that is not a folder'

/** The nearest that is there. */
async function isBelowFile(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(absent)
  return found === undefined ? isBelowFile(dirname(folder)) : !found.isDirectory()
}

/** What can't be looked at is not the same as what is not there. */
function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
  throw error
}
