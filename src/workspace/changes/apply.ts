import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { LocalBrainError, isError } from '../../errors.ts'
import { escapeLine } from '../../text/escape.ts'
import { sha256 } from '../../text/hash.ts'
import { aFolder, belowFile, contentOf, keepContents, stateOf } from './contents.ts'
import { type FileWrite, foldersOf } from './folder-plan.ts'
import { objectionTo } from './propose.ts'
import {
  createId,
  listProposals,
  type Proposal,
  type StoredSide,
  type Written,
  recordOf,
  writesOf,
} from './proposal.ts'
import { recover } from './journal.ts'
import { isAlive, sweepScratches } from './scratch.ts'
import type { ChangeStore } from './store.ts'
import { tidy } from './tidy.ts'
import { writeAll } from './transaction.ts'

/** What became of the working tree. */
export type Outcome = {
  proposal: Proposal
  /** The tree of the moment before; null where the folder is too large for one. */
  snapshot: string | null
  /** Files with marks of a conflict in them. */
  conflicts: string[]
}

/** Finishes or takes back what an interrupted process left, its copy too, before anything else is done. */
export async function recoverChanges(store: ChangeStore): Promise<string | undefined> {
  await sweepScratches(store)
  const recovered = await recover(store, isAlive)
  if (recovered === undefined) return undefined
  if (recovered.left.length > 0) return `An interrupted change could not be taken back in ${names(recovered.left)}`
  return recovered.finished ? 'An interrupted change was finished' : 'An interrupted change was taken back'
}

/**
 * Puts a proposal into the working tree, all of it or nothing. Each file must still be what it was when the run began;
 * with `merge`, one that was changed since is merged. Rejects with 'usage' for what no longer fits, naming the files, and
 * with 'output' when it can't be written.
 */
export async function applyProposal(store: ChangeStore, proposal: Proposal, { merge = false } = {}): Promise<Outcome> {
  if (proposal.applied !== null) {
    throw new LocalBrainError('usage', `${proposal.id} is applied already`, { hint: `local-brain undo ${proposal.id}` })
  }
  const wanted = writesOf(proposal)
  const refused = wanted.filter((one) => objectionTo(one) !== undefined).map(({ path }) => path)
  // guard: apply-never
  if (refused.length > 0)
    throw new LocalBrainError('usage', `${names(refused)} may never be written`, { hint: showHint(proposal) })
  const { fitting, changed } = await compare(store, wanted)
  if (changed.length > 0 && !merge) throw noLongerFits(changed, `local-brain apply ${proposal.id} --3way`)
  const snapshot = await snapshotBefore(store)
  const merged = await Promise.all(changed.map(async (one) => mergeFile(store, one)))
  const written = [...fitting, ...merged.map(({ write }) => write)]
  const applied: Proposal = {
    ...proposal,
    applied: { at: new Date().toISOString(), snapshot, written },
    packs: [...proposal.packs, ...(await keepContents(store.own, idsOf(merged.map((one) => one.write))))],
  }
  await write(store, written, [applied])
  return { proposal: applied, snapshot, conflicts: merged.filter((one) => one.conflict).map((one) => one.write.path) }
}

/**
 * Puts back what stood there before a proposal was applied, and only that. Rejects with 'usage' when one of its files was
 * changed since, unless it is forced. What it did can itself be taken back.
 */
export async function undoProposal(store: ChangeStore, proposal: Proposal, { force = false } = {}): Promise<Outcome> {
  if (proposal.applied === null) {
    throw new LocalBrainError('usage', `${proposal.id} is not applied`, { hint: `local-brain apply ${proposal.id}` })
  }
  const wanted = proposal.applied.written.map(({ path, before, after }) => ({ path, before: after, after: before }))
  const { fitting, changed } = await compare(store, wanted)
  if (changed.length > 0 && !force) throw noLongerFits(changed, `local-brain undo ${proposal.id} --force`)
  const snapshot = await snapshotBefore(store)
  const forced = await Promise.all(changed.map(async (one) => overwrite(store, one)))
  const written = [...fitting, ...forced]
  const undo: Proposal = {
    schema: 'local-brain.proposal/1',
    id: createId(),
    kind: 'undo',
    of: proposal.id,
    created: new Date().toISOString(),
    title: `undo of ${proposal.id}`,
    changes: [],
    applied: { at: new Date().toISOString(), snapshot, written },
    branch: null,
    packs: await keepContents(store.own, idsOf(written)),
  }
  const again = proposal.kind === 'undo' ? await appliedAgain(store, proposal.of, undo.applied) : []
  await write(store, written, [undo, { ...proposal, applied: null }, ...again])
  await tidy(store)
  return { proposal: undo, snapshot, conflicts: [] }
}

/** Undoing an undo brings back what it took away. */
async function appliedAgain(
  { folder }: ChangeStore,
  id: string | undefined,
  applied: Proposal['applied'],
): Promise<Proposal[]> {
  const proposal = (await listProposals(folder)).find((one) => one.id === id)
  return proposal === undefined ? [] : [{ ...proposal, applied }]
}

function idsOf(written: readonly Written[]): string[] {
  return written.flatMap(({ before, after }) => [before, after].flatMap((side) => (side === null ? [] : [side.id])))
}

/** Which files still are what they have to be, and which are not. */
async function compare(
  { top }: ChangeStore,
  wanted: readonly Written[],
): Promise<{ fitting: Written[]; changed: Written[] }> {
  const fitting: Written[] = []
  const changed: Written[] = []
  const gone = new Set(wanted.filter(({ after }) => after === null).map(({ path }) => path))
  for (const one of wanted) {
    const now = await stateOf(top, one.path)
    // guard: apply-compared
    const fits = typeof now === 'string' ? await makesWay(top, one, { now, gone }) : now?.sha256 === one.before?.sha256
    ;(fits ? fitting : changed).push(one)
  }
  return { fitting, changed }
}

/** Whether what is in the place of a new file is removed too: a folder with all that is in it, or a file above. */
async function makesWay(
  top: string,
  { path, before }: Written,
  { now, gone }: { now: string; gone: ReadonlySet<string> },
): Promise<boolean> {
  if (before !== null) return false
  if (now === belowFile) return foldersOf(path).some((folder) => gone.has(folder))
  if (now !== aFolder) return false
  const inside = await readdir(join(top, path), { recursive: true, withFileTypes: true })
  return inside.every((entry) => entry.isDirectory() || gone.has(relative(top, join(entry.parentPath, entry.name))))
}

function noLongerFits(changed: readonly Written[], hint: string): LocalBrainError {
  return new LocalBrainError('usage', `Changed since: ${names(changed.map(({ path }) => path))}; nothing was written`, {
    hint,
  })
}

function names(paths: readonly string[]): string {
  const shown = paths.slice(0, 10).map(escapeLine).join(', ')
  return paths.length > 10 ? `${shown} and ${paths.length - 10} more` : shown
}

function showHint({ id }: Proposal): string {
  return `local-brain changes show ${id}`
}

/** What is written over is kept by itself; the whole tree only where that is possible. */
async function snapshotBefore(store: ChangeStore): Promise<string | null> {
  try {
    return (await store.snapshot()).tree
  } catch (error) {
    if (isError(error, 'overflow')) return null
    throw error
  }
}

/** The files, and what is known about them, all or nothing. */
async function write(
  { top, folder, own }: ChangeStore,
  written: readonly Written[],
  proposals: readonly Proposal[],
): Promise<void> {
  const writes: FileWrite[] = []
  for (const { path, before, after } of written) {
    const content = after === null ? null : await contentOf(own, after.id)
    writes.push({ path, before: before?.sha256 ?? null, content, executable: after?.mode === '100755' })
  }
  const records = await Promise.all(proposals.map(async (one) => recordOf(folder, one)))
  await writeAll({ top, folder, writes, records })
}

/** The current content counts as the state before, so that it can be restored. */
async function overwrite(store: ChangeStore, wanted: Written): Promise<Written> {
  return { ...wanted, before: await storeNow(store, wanted.path) }
}

async function storeNow({ own, top }: ChangeStore, path: string): Promise<StoredSide> {
  const now = await stateOf(top, path)
  if (now === null) return null
  if (typeof now === 'string') throw new LocalBrainError('usage', `${escapeLine(path)}: ${now}; nothing was written`)
  const id = (await own.run(['hash-object', '-w', '--no-filters', '--', path])).trim()
  return { id, mode: now.executable ? '100755' : '100644', sha256: now.sha256 }
}

/** The person's change and the proposed one in one file, with marks where they meet. */
async function mergeFile(store: ChangeStore, wanted: Written): Promise<{ write: Written; conflict: boolean }> {
  const { own, folder } = store
  const now = await storeNow(store, wanted.path)
  const { before, after } = wanted
  if (now === null || before === null || after === null) {
    throw noLongerFits([wanted], 'local-brain changes show')
  }
  const place = await mkdtemp(join(folder, 'merge-'))
  try {
    const files = { now: join(place, 'yours'), before: join(place, 'before'), after: join(place, 'proposed') }
    await writeFile(files.now, await contentOf(own, now.id))
    await writeFile(files.before, await contentOf(own, before.id))
    await writeFile(files.after, await contentOf(own, after.id))
    const labels = ['-L', 'yours', '-L', 'before', '-L', 'proposed']
    const conflicts = Array.from({ length: 127 }, (_, count) => count + 1)
    const args = ['merge-file', '-p', ...labels, files.now, files.before, files.after]
    const content = await own.bytes(args, { exitCodes: conflicts, maxBytes: 64 * 1024 * 1024 })
    await writeFile(files.after, content)
    const id = (await own.run(['hash-object', '-w', '--no-filters', '--', files.after])).trim()
    const isMarked = /^<{7} yours$/m.test(content.toString('latin1'))
    return {
      write: { path: wanted.path, before: now, after: { id, mode: after.mode, sha256: sha256(content) } },
      conflict: isMarked,
    }
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}
