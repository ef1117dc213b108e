import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isError } from '../../errors.ts'
import { isOddToWrite, refuseNever } from '../never.ts'
import { hashSides, keepContents } from './contents.ts'
import { compareTrees, type Difference, type FileChange, type Side } from './difference.ts'
import { createId, type Proposal, saveProposal, writesOf } from './proposal.ts'
import { tidy } from './tidy.ts'
import type { ChangeStore } from './store.ts'

/** What a run proposes. */
export type Proposed = {
  proposal: Proposal
  /** As `git apply` takes it. */
  patch: Buffer
}

/** Changes that are never taken over, each with the reason. */
export type NotTaken = { path: string; reason: string }

/** Why a change of this kind is never proposed and never applied; undefined when it may be. */
export function objectionTo({
  path,
  before,
  after,
}: Pick<FileChange, 'path' | 'before' | 'after'>): string | undefined {
  const odd = [before, after].find((side) => side !== null && !isRegular(side))
  if (odd?.mode === '120000') return 'a symbolic link'
  if (odd != null) return 'a repository of its own'
  if (path.split('/').some((part) => ['', '.', '..'].includes(part))) return 'it is outside'
  if (after !== null && isOddToWrite(path)) return 'its name is odd'
  try {
    refuseNever(path)
    return undefined
  } catch (error) {
    if (isError(error)) return 'it is never written'
    throw error
  }
}

function isRegular({ mode }: NonNullable<Side>): boolean {
  return mode === '100644' || mode === '100755'
}

/**
 * What differs between the two trees, without what is never taken over: in its place the second tree gets what the first
 * one has, so that the patch does not have it either.
 */
export async function differenceOf(
  store: ChangeStore,
  start: string,
  end: string,
): Promise<Difference & { notTaken: NotTaken[] }> {
  const all = await compareTrees(store.own, start, end)
  const refused = all.changes.flatMap((change) => {
    // One that moved is two: what is taken away there, and what is new here.
    const parts =
      change.from === undefined
        ? [change]
        : [
            { ...change, after: null, path: change.from },
            { ...change, before: null },
          ]
    const reason = parts.map(objectionTo).find((one) => one !== undefined)
    return reason === undefined ? [] : [{ change, reason }]
  })
  if (refused.length === 0) return { ...all, notTaken: [] }
  const tree = await without(
    store,
    end,
    refused.map(({ change }) => change),
  )
  const rest = await compareTrees(store.own, start, tree)
  return { ...rest, notTaken: refused.map(({ change, reason }) => ({ path: change.path, reason })) }
}

async function without(store: ChangeStore, tree: string, changes: readonly FileChange[]): Promise<string> {
  const index = join(store.folder, `without.${process.pid}`)
  const env = { GIT_INDEX_FILE: index }
  const gone = changes.map(({ path }) => `0 ${'0'.repeat(40)}\t${path}\0`)
  const back = changes.flatMap(({ path, from, before }) =>
    before === null ? [] : [`${before.mode} ${before.id}\t${from ?? path}\0`],
  )
  try {
    await store.own.run(['read-tree', tree], { env })
    await store.own.run(['update-index', '-z', '--index-info'], { env, input: [...gone, ...back].join('') })
    return (await store.own.run(['write-tree'], { env })).trim()
  } finally {
    await rm(index, { force: true })
  }
}

/** What differs between two trees, with the hash of each side. */
async function describeDifference(
  store: ChangeStore,
  start: string,
  end: string,
): Promise<{ changes: Proposal['changes']; patch: Buffer; notTaken: NotTaken[] }> {
  const { changes, patch, notTaken } = await differenceOf(store, start, end)
  const sides = await hashSides(
    store.own,
    changes.flatMap(({ before, after }) => [before, after]),
  )
  const described = changes.map((change, at) => ({
    ...change,
    before: sides[2 * at] ?? null,
    after: sides[2 * at + 1] ?? null,
  }))
  return { changes: described, patch, notTaken }
}

/** Two trees, and what led from one to the other, in one line. */
type Span = { start: string; end: string; title: string }

/**
 * Keeps what differs between two trees as a proposal. Undefined when nothing does. With `turn` it was made in the working
 * tree itself, so that it can be taken back.
 */
export async function propose(
  store: ChangeStore,
  { start, end, title }: Span,
  { turn = false } = {},
): Promise<{ proposed?: Proposed; notTaken: NotTaken[] }> {
  const { changes, patch, notTaken } = await describeDifference(store, start, end)
  if (changes.length === 0) return { notTaken }
  const now = new Date().toISOString()
  const proposal: Proposal = {
    schema: 'local-brain.proposal/1',
    id: createId(),
    kind: turn ? 'turn' : 'proposal',
    created: now,
    title,
    changes,
    applied: turn ? { at: now, snapshot: start, written: writesOf({ changes }) } : null,
    branch: null,
    packs: await keepContents(
      store.own,
      changes.flatMap(({ before, after }) => [before, after].flatMap((side) => (side === null ? [] : [side.id]))),
    ),
  }
  await saveProposal(store.folder, proposal, patch)
  await tidy(store)
  return { proposed: { proposal, patch }, notTaken }
}
