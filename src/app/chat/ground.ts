import { relative } from 'node:path'
import { randomHex } from '../../text/hash.ts'
import { escapeLine } from '../../text/escape.ts'
import type { ChangedBy } from '../../store/audit.ts'
import { LocalBrainError } from '../../errors.ts'
import { recoverChanges, undoProposal } from '../../workspace/changes/apply.ts'
import { auditWritten } from '../../workspace/changes/audit.ts'
import { inWords } from '../../workspace/changes/failure.ts'
import type { FileChange } from '../../workspace/changes/difference.ts'
import { findProposal, loadPatch } from '../../workspace/changes/proposal.ts'
import { type NotTaken, differenceOf, propose } from '../../workspace/changes/propose.ts'
import { type ChangeStore, openChangeStore } from '../../workspace/changes/store.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import type { Emit } from '../../core/events.ts'
import type { SessionRequest } from '../request.ts'
import type { WorkingCopy } from '../working-copy.ts'

/** What one turn changed. Paths are relative to the top of the project. */
export type Step = { id: string; changes: readonly FileChange[]; notTaken: NotTaken[] }

/** Where turns make their changes, and what can take them back. */
export type Ground = {
  store: ChangeStore
  snapshot(): Promise<{ tree: string }>
  /** What differs from this tree now. */
  record(before: string, title: string): Promise<Step>
  takeBack(step: string): Promise<void>
  /** Of those steps that were not made by this program itself, since it was started. */
  patches(steps: readonly string[]): Promise<Buffer>
}

type GroundOptions = Pick<SessionRequest, 'paths' | 'environment'> & {
  /** Whose steps they are. Default: `chat`. */
  by?: ChangedBy
  emit: Emit
  signal: AbortSignal
}

/** The working tree itself. Each step is kept as what `local-brain undo` can take back too. */
export async function openGround(
  workspace: Workspace,
  { by = 'chat', emit, ...options }: GroundOptions,
): Promise<Ground> {
  const store = await openChangeStore({ top: workspace.git?.top ?? workspace.root, ...options })
  const recovered = await recoverChanges(store)
  if (recovered !== undefined) emit({ type: 'warning', message: recovered })
  const made = new Set<string>()
  let known: ReadonlySet<string> = new Set()
  return {
    store,
    async snapshot() {
      const taken = await store.snapshot()
      known = new Set(taken.left.map(({ path }) => path))
      return taken
    },
    async record(start, title) {
      const { tree: end, left } = await store.snapshot()
      const unknown = left.filter(({ path }) => !known.has(path))
      const line = escapeLine(title).slice(0, 200)
      const { proposed, notTaken: refused } = await propose(store, { start, end, title: line }, { turn: true })
      // A repository, a pipe, what is too large: new, and in no snapshot.
      const notTaken = [...refused, ...unknown]
      if (proposed === undefined) return { id: '', changes: [], notTaken }
      made.add(proposed.proposal.id)
      await auditWritten(store, proposed.proposal, by)
      return { id: proposed.proposal.id, changes: proposed.proposal.changes, notTaken }
    },
    takeBack: async (step) => undoStep(store, step),
    patches: async (steps) =>
      patchesOf(
        store,
        steps.filter((step) => !made.has(step)),
      ),
  }
}

async function undoStep(store: ChangeStore, step: string): Promise<void> {
  try {
    const proposal = await findProposal(store.folder, step)
    if (proposal === undefined) return
    const { proposal: undo } = await undoProposal(store, proposal)
    await auditWritten(store, undo, 'undo')
  } catch (error) {
    throw inWords(error)
  }
}

/** Of those that are still kept. */
async function patchesOf({ folder }: ChangeStore, steps: readonly string[]): Promise<Buffer> {
  const found = await Promise.all(steps.map(async (step) => findProposal(folder, step).catch(() => undefined)))
  return Buffer.concat(
    await Promise.all(found.map(async (one) => (one === undefined ? Buffer.alloc(0) : loadPatch(folder, one)))),
  )
}

/** A copy: the steps end with it. `root`: the workspace that it is a copy of. */
export function groundOf(copy: WorkingCopy, root: string): Ground {
  const { store } = copy
  const prefix = relative(store.top, root)
  const steps = new Map<string, { before: string; paths: string[] }>()
  return {
    store,
    snapshot: async () => copy.snapshot(),
    async record(before) {
      const { tree } = await copy.snapshot()
      const { changes, notTaken } = await differenceOf(store, before, tree)
      const paths = changes.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from]))
      const id = randomHex(4)
      steps.set(id, { before, paths: paths.map((path) => relative(prefix, path)) })
      return { id, changes, notTaken }
    },
    async takeBack(step) {
      const known = steps.get(step)
      if (known === undefined) throw new LocalBrainError('usage', 'It was changed in another copy', { hint: '/diff' })
      await copy.restore(known.before, known.paths)
    },
    patches: async () => Buffer.alloc(0),
  }
}
