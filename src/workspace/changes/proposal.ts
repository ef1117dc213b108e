import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { LocalBrainError } from '../../errors.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { randomHex } from '../../text/hash.ts'
import { changeKinds } from '../edit-policy.ts'
import type { RecordWrite } from './journal.ts'
import { wordsAndPlace } from '../../text/system-words.ts'

const side = z.object({ id: z.string(), mode: z.string(), sha256: z.string() }).nullable()

/** One file of a proposal. Paths are relative to the top of the project. */
const changeSchema = z.object({
  path: z.string(),
  kind: z.enum(changeKinds),
  from: z.string().optional(),
  added: z.number(),
  removed: z.number(),
  binary: z.boolean(),
  mode: z.string(),
  /** Something runs it, or obeys it, without being asked. */
  sensitive: z.boolean(),
  before: side,
  after: side,
})

/** One file that was written: its content before, and since. */
const writtenSchema = z.object({ path: z.string(), before: side, after: side })

const proposalSchema = z.object({
  schema: z.literal('local-brain.proposal/1'),
  id: z.string(),
  /** `turn`: what a turn of a conversation changed in the working tree itself. */
  kind: z.enum(['proposal', 'turn', 'undo']),
  /** Of an undo: what it took back. */
  of: z.string().optional(),
  /** ISO 8601. */
  created: z.string(),
  /** What it was asked for, in one line. */
  title: z.string(),
  changes: z.array(changeSchema),
  /** Set while it is applied to the working tree. `snapshot`: the tree of the moment before. */
  applied: z.object({ at: z.string(), snapshot: z.string().nullable(), written: z.array(writtenSchema) }).nullable(),
  branch: z.string().nullable(),
  /** Where its contents are kept. */
  packs: z.array(z.string()),
})

export type Proposal = z.infer<typeof proposalSchema>
export type Written = z.infer<typeof writtenSchema>
export type StoredSide = z.infer<typeof side>

const kept = { count: 20, days: 30 }

/** Begins with the time, so that ids sort by it. */
export function createId(now = new Date()): string {
  return `${now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}-${randomHex(2)}`
}

/** Keeps a proposal, and its patch where there is one. Rejects with LocalBrainError('output'). */
export async function saveProposal(folder: string, proposal: Proposal, patch?: Buffer): Promise<void> {
  try {
    if (patch !== undefined) await writeAtomic(patchFile(folder, proposal), patch)
    await writeAtomic(join(folder, `${proposal.id}.json`), `${JSON.stringify(proposal)}\n`)
  } catch (cause) {
    throw new LocalBrainError('output', `The proposal could not be kept: ${wordsAndPlace(cause)}`, {
      hint: `ls -ld "${folder}"`,
      cause,
    })
  }
}

/** A change of what is kept about a proposal, for the transaction that changes its files as well. */
export async function recordOf(folder: string, proposal: Proposal): Promise<RecordWrite> {
  const name = `${proposal.id}.json`
  const before = await readFile(join(folder, name), 'utf8').catch(() => null)
  return { name, before, after: `${JSON.stringify(proposal)}\n` }
}

/** The newest first. One that is torn, or of another version, is left out. */
export async function listProposals(folder: string): Promise<Proposal[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^\d{8}-\d{6}-[0-9a-f]{4}\.json$/.test(name))
  const proposals = await Promise.all(names.map(async (name) => load(join(folder, name))))
  // Two of one second have ids in any order.
  return proposals.filter((proposal) => proposal !== undefined).sort((a, b) => (newer(a, b) ? -1 : 1))
}

function newer(a: Proposal, b: Proposal): boolean {
  return a.created === b.created ? a.id > b.id : a.created > b.created
}

async function load(file: string): Promise<Proposal | undefined> {
  try {
    return proposalSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return undefined
  }
}

/** The one with this id, or whose id alone begins or ends with it; by default the newest proposal. */
export async function findProposal(folder: string, id: string | undefined): Promise<Proposal | undefined> {
  const all = await listProposals(folder)
  if (id === undefined) return all.find(({ kind }) => kind === 'proposal')
  const found = all.filter((one) => one.id.startsWith(id) || one.id.endsWith(id))
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const problem = found.length > 1 ? `"${id}" matches several changes` : `There are no changes "${id}"`
  throw new LocalBrainError('usage', problem, { hint: 'local-brain changes' })
}

/** Where the patch of a proposal is kept. */
export function patchFile(folder: string, { id }: Pick<Proposal, 'id'>): string {
  return join(folder, `${id}.patch`)
}

/** The patch as `git apply` takes it; empty for an undo. */
export async function loadPatch(folder: string, proposal: Proposal): Promise<Buffer> {
  return readFile(patchFile(folder, proposal)).catch(() => Buffer.alloc(0))
}

/** A file that moved is one that goes and one that comes. */
export function writesOf({ changes }: Pick<Proposal, 'changes'>): Written[] {
  return changes.flatMap(({ path, from, before, after }) =>
    from === undefined
      ? [{ path, before, after }]
      : [
          { path: from, before, after: null },
          { path, before: null, after },
        ],
  )
}

/** Drops what is old or too much, and returns the rest. */
export async function pruneProposals(folder: string, now = Date.now()): Promise<Proposal[]> {
  const all = await listProposals(folder)
  const since = new Date(now - kept.days * 24 * 3600 * 1000).toISOString()
  // An undo must not push out what it took back.
  const young = all.filter(({ created }) => created >= since)
  const newest = (kind: Proposal['kind']) => young.filter((one) => one.kind === kind).slice(0, kept.count)
  const stay = [...newest('proposal'), ...newest('turn'), ...newest('undo')]
  for (const old of all.filter((one) => !stay.includes(one))) await removeProposal(folder, old)
  return stay
}

export async function removeProposal(folder: string, { id }: Pick<Proposal, 'id'>): Promise<void> {
  for (const ending of ['json', 'patch']) await rm(join(folder, `${id}.${ending}`), { force: true })
}
