import { isError } from '../errors.ts'
import type { Change } from '../workspace/git/change-list.ts'
import { type Sides, comparingMs, listChanges, readPatch } from '../workspace/git/changes.ts'
import type { Git } from '../workspace/git/git.ts'
import type { PatchLine, PatchSection } from '../workspace/git/patch.ts'
import type { LeftOut } from './diff-choose.ts'

/**
 * One changed file as text. `whole`: every line of both sides is there, not only those around the changes. `lossy`: what
 * is not UTF-8 stands as U+FFFD.
 */
export type FileDiff = { path: string; change: Change; lines: PatchLine[]; whole: boolean; lossy: boolean }

/** A file whose text git did not give. */
export type Unread = LeftOut & { path: string }

/** A diff: its files, and their text where that was little enough to come with them. */
export type Diff = { git: Git; sides: Sides; changes: Change[] } & Partial<Patch>

type Patch = { sections: ReadonlyMap<string, PatchSection>; lossy: boolean }

const batchFiles = 100
const batchLines = 20_000
const batchNames = 20_000
const batchBytes = 6 * 1024 * 1024
/** More lines than any file that fits in a batch. */
const wholeFile = 1_000_000

/** The files of a diff, with their text when all of it is no more than one batch. */
export async function readDiff(git: Git, sides: Sides): Promise<Diff> {
  const bounds = { context: wholeFile, maxBytes: batchBytes, timeoutMs: comparingMs }
  const { result } = await attempt(() => readPatch(git, sides, bounds))
  if (result) return { git, sides, ...result }
  return { git, sides, changes: await listChanges(git, sides) }
}

/** The text of changes, a bounded number at a time; with whole files, so that nothing is read twice or apart. */
export async function* readChanges(diff: Diff, changes: readonly Change[]): AsyncGenerator<FileDiff | Unread> {
  const { sections, lossy = false } = diff
  if (sections) for (const change of changes) yield* fileDiffs([change], { sections, lossy }, true)
  else for (const batch of batches(changes)) yield* await readBatch(diff, batch)
}

function batches(changes: readonly Change[]): Change[][] {
  const result: Change[][] = []
  let [lines, names] = [0, 0]
  for (const change of changes) {
    lines += linesIn(change)
    names += change.path.length + (change.oldPath?.length ?? 0)
    const last = result.at(-1)
    if (last && last.length < batchFiles && lines <= batchLines && names <= batchNames) last.push(change)
    else {
      result.push([change])
      lines = linesIn(change)
      names = change.path.length + (change.oldPath?.length ?? 0)
    }
  }
  return result
}

/** What git had no time to count is much. */
function linesIn({ size }: Change): number {
  return size === undefined ? batchLines / 4 : (size?.added ?? 0) + (size?.removed ?? 0)
}

/** A batch that is too much for one call is halved; a file that is too much by itself is read around its changes. */
async function readBatch(diff: Diff, changes: readonly Change[]): Promise<(FileDiff | Unread)[]> {
  const { result, failure } = await attempt(() => readSome(diff, changes, wholeFile))
  if (result) return result
  if (changes.length > 1) {
    const half = Math.ceil(changes.length / 2)
    return [...(await readBatch(diff, changes.slice(0, half))), ...(await readBatch(diff, changes.slice(half)))]
  }
  const near = await attempt(() => readSome(diff, changes, 20))
  const reason = near.failure ?? failure ?? ''
  return near.result ?? changes.map((change) => ({ path: change.path, change, reason, gap: true }))
}

async function attempt<T>(read: () => Promise<T>): Promise<{ result?: T; failure?: string }> {
  try {
    return { result: await read() }
  } catch (error) {
    if (!isError(error, 'git-failed')) throw error
    return { failure: error.message }
  }
}

async function readSome({ git, sides }: Diff, changes: readonly Change[], context: number) {
  const patch = await readPatch(git, sides, { wanted: changes, context, maxBytes: batchBytes })
  return fileDiffs(changes, patch, context === wholeFile)
}

function fileDiffs(changes: readonly Change[], { sections, lossy }: Patch, whole: boolean) {
  return changes.map((change): FileDiff | Unread => {
    const { path } = change
    const lines = sections.get(path)?.flatMap((hunk) => hunk.lines)
    if (!lines) return { path, change, reason: 'it changed while it was read', gap: true }
    return { path, change, lines, whole, lossy: lossy && lines.some(({ text }) => text.includes('\ufffd')) }
  })
}
