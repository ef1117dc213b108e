import { posix } from 'node:path'
import { isError } from '../errors.ts'
import { relativeTo } from './confine.ts'
import { decode } from './decode.ts'
import { createBlobReader } from './git/blobs.ts'
import type { Change } from './git/change-list.ts'
import { diffTexts } from './git/line-diff.ts'
import type { PatchLine } from './git/patch.ts'
import type { Workspace } from './workspace.ts'

/** A change that git shows no text of: its lines, or the reason for their absence. */
export type TextSides = { lines: PatchLine[]; lossy: boolean } | 'binary' | 'too large' | 'missing'

type Side = { text: string; lossy: boolean } | 'binary' | 'too large' | 'missing'

/** Bytes of one side. */
const maxBytes = 2 * 1024 * 1024
/** So much of a larger one tells whether it is text. */
const sniffed = 8000

/**
 * Reads both sides of changes whose text git does not show: UTF-16, or a NUL under the name of a program. With
 * `onlyNew` the new side counts as added, whatever was there before.
 */
export function createSideReader(
  workspace: Workspace,
): (change: Change, options?: { onlyNew?: boolean }) => Promise<TextSides> {
  const { git } = workspace
  if (!git) return () => Promise.resolve('binary')
  const blob = createBlobReader(git)
  const fromRoot = (path: string) => posix.relative(relativeTo(git.top, workspace.root), path)
  const readBlob = async (id: string, path: string): Promise<Side> => {
    const { bytes } = await blob(id, maxBytes + 1)
    const isCut = bytes.length > maxBytes
    const text = decode(isCut ? bytes.subarray(0, sniffed) : bytes, { cut: isCut, path })
    return text !== null && isCut ? 'too large' : (text ?? 'binary')
  }
  const readFile = async (path: string): Promise<Side> => {
    const file = await workspace.read(fromRoot(path), { maxBytes, named: true })
    return file.truncated ? 'too large' : file
  }
  const readSide = async (path: string, mode: string, id = ''): Promise<Side> => {
    if (!mode.startsWith('100')) return { text: '', lossy: false }
    try {
      return await (/^0*$/.test(id) ? readFile(path) : readBlob(id, path))
    } catch (error) {
      if (isError(error, 'unreadable-file')) return 'binary'
      if (isError(error, 'git-failed', 'not-available')) return 'missing'
      throw error
    }
  }
  return async ({ path, oldPath = path, oldMode, newMode, ids }, { onlyNew = false } = {}) => {
    const [old, now] = await Promise.all([
      onlyNew ? 'binary' : readSide(oldPath, oldMode, ids?.[0]),
      readSide(path, newMode, ids?.[1]),
    ])
    if (typeof now === 'string') return now
    // What replaces data by text is new from end to end.
    const before = typeof old === 'string' ? '' : old.text
    return { lines: diffTexts(before, now.text), lossy: now.lossy }
  }
}
