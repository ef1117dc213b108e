import { LocalBrainError, isError } from '../errors.ts'
import type { Git } from '../workspace/git.ts'
import { type Change, parseChanges } from './diff-list.ts'
import { type PatchLine, type PatchSection, parsePatch } from './diff-parse.ts'

/** One changed file as text. `whole`: every line of both sides is there, not only those around the changes. */
export type FileDiff = { path: string; change: Change; lines: PatchLine[]; whole: boolean }

/** A file whose text git did not give. */
export type Unread = { path: string; change: Change; failure: string }

export type DiffReader = { git: Git; args: readonly string[]; signal?: AbortSignal | undefined }

// What the repository's settings and the user's could change of the output, as far as it is read here
// (review-and-hooks.md section 3.4); workspace/git.ts adds what keeps programs from running.
const fixed = '--no-color --inter-hunk-context=0 -M -l1000 --diff-algorithm=histogram --indent-heuristic -O/dev/null'

function diffArguments(args: readonly string[], more: readonly string[]): string[] {
  return ['diff', ...fixed.split(' '), ...more, ...args, '--']
}

/** The files of a diff: names, kinds and sizes. What is asked for as text can be chosen by them. */
export async function listChanges({ git, args, signal }: DiffReader): Promise<Change[]> {
  const options = { maxBytes: 32 * 1024 * 1024, ...(signal && { signal }) }
  return parseChanges(await git.run(diffArguments(args, ['--raw', '--numstat', '-z']), options)).changes
}

const batchFiles = 100
const batchLines = 20_000
const batchNames = 20_000
const batchBytes = 6 * 1024 * 1024
/** More lines than any file that fits in a batch. */
const wholeFile = 1_000_000

/** The text of changes, a bounded number at a time; with whole files, so that nothing is read twice or apart. */
export async function* readChanges(reader: DiffReader, changes: readonly Change[]): AsyncGenerator<FileDiff | Unread> {
  for (const batch of batches(changes)) yield* await readBatch(reader, batch)
}

function batches(changes: readonly Change[]): Change[][] {
  const result: Change[][] = []
  let [lines, names] = [0, 0]
  for (const change of changes) {
    lines += (change.size?.added ?? 0) + (change.size?.removed ?? 0)
    names += change.path.length + (change.oldPath?.length ?? 0)
    const last = result.at(-1)
    if (last && last.length < batchFiles && lines <= batchLines && names <= batchNames) last.push(change)
    else {
      result.push([change])
      lines = (change.size?.added ?? 0) + (change.size?.removed ?? 0)
      names = change.path.length + (change.oldPath?.length ?? 0)
    }
  }
  return result
}

/** A batch that is too much for one call is halved; a file that is too much by itself is read around its changes. */
async function readBatch(reader: DiffReader, changes: readonly Change[]): Promise<(FileDiff | Unread)[]> {
  const { result, failure } = await attempt(() => readPatch(reader, changes, wholeFile))
  if (result) return result
  if (changes.length > 1) {
    const half = Math.ceil(changes.length / 2)
    return [...(await readBatch(reader, changes.slice(0, half))), ...(await readBatch(reader, changes.slice(half)))]
  }
  const near = await attempt(() => readPatch(reader, changes, 20))
  return near.result ?? changes.map((change) => ({ path: change.path, change, failure: near.failure ?? failure ?? '' }))
}

async function attempt<T>(read: () => Promise<T>): Promise<{ result?: T; failure?: string }> {
  try {
    return { result: await read() }
  } catch (error) {
    if (!isError(error, 'git-failed')) throw error
    return { failure: error.message }
  }
}

async function readPatch({ git, args, signal }: DiffReader, changes: readonly Change[], context: number) {
  const paths = changes.flatMap((change) => (change.oldPath === undefined ? [] : [change.oldPath]).concat(change.path))
  const options = { maxBytes: batchBytes, ...(signal && { signal }) }
  const command = diffArguments(args, ['--raw', '-z', '-p', `--unified=${context}`])
  const { changes: listed, patch } = parseChanges(await git.run([...command, ...paths], options))
  const sections = pair(listed, parsePatch(patch))
  return changes.map((change): FileDiff | Unread => {
    const section = sections.get(change.path)
    if (!section) return { path: change.path, change, failure: 'it changed while it was read' }
    return { path: change.path, change, lines: section.lines, whole: context === wholeFile }
  })
}

/** The list and the patch come in the same order; a change of type is a removal and an addition in the patch. */
function pair(listed: readonly Change[], sections: readonly PatchSection[]): Map<string, PatchSection> {
  const pairs = new Map<string, PatchSection>()
  let at = 0
  for (const change of listed) {
    at += change.status === 'T' ? 2 : 1
    const section = sections[at - 1]
    if (section) pairs.set(change.path, section)
  }
  if (at !== sections.length) throw new LocalBrainError('git-failed', 'git diff: list and patch do not agree')
  return pairs
}
