import { relative } from 'node:path'
import type { AgentEvent, Emit } from '../../core/events.ts'
import type { Permit } from '../../core/permission.ts'
import { isError, LocalBrainError } from '../../errors.ts'
import { escapeLine } from '../../text/escape.ts'
import { compareTrees } from '../../workspace/changes/difference.ts'
import type { Ground, Step } from './ground.ts'
import type { RecordedChange } from './recorded-change.ts'
import { changedLines } from './transcript.ts'

/** What takes turns back: each that changed something is one step. */
export type Steps = {
  /** The same permit; before the first change of a turn the folder is remembered as it is. */
  around(permit: Permit): Permit
  /** Hears what tools change. */
  note: (event: AgentEvent) => void
  /** Remembers the folder as it is, unless this turn has done so. */
  begin(): Promise<void>
  /** What this turn changed, as one step. `title`: what it was asked for. */
  end(title: string): Promise<RecordedChange[]>
  /** Takes the last step back. Rejects with 'usage' when there is none, or when a file was changed since. */
  undo(): Promise<RecordedChange[]>
  /** As `git apply` takes it: all that was changed in this session and not taken back. */
  diff(): Promise<Buffer>
  /** What was changed and not taken back, one line for each file, with the turn that goes on. */
  changed(): string[]
  /** Begins with what a session says. */
  recall(changes: readonly RecordedChange[]): void
}

type StepsOptions = {
  /** The project, and the workspace in it. */
  top: string
  root: string
  /** Is opened when something is about to be changed. */
  ground: () => Promise<Ground>
  emit: Emit
}

type Memory = Omit<StepsOptions, 'ground'> & {
  ground: () => Promise<Ground>
  all: RecordedChange[]
  /** By tools, in the turn that goes on. */
  byTools: RecordedChange[]
  /** The tree before the first change of the turn; null where the folder is too large to be remembered. */
  start: string | null | undefined
  /** The tree before the first change of all. */
  first: string | undefined
}

export function createSteps({ ground: open, ...options }: StepsOptions): Steps {
  let opened: Promise<Ground> | undefined
  const ground = async () => (opened ??= open())
  const memory: Memory = { ...options, ground, all: [], byTools: [], start: undefined, first: undefined }
  return {
    around: (permit) => async (question, signal) => {
      const decision = await permit(question, signal)
      // guard: step-before-change
      if (decision.allow && question.access !== 'read') await begin(memory)
      return decision
    },
    note: (event) => {
      if (event.type !== 'change' || event.by !== 'tool') return
      const { type: _, ...change } = event
      memory.byTools.push(change)
    },
    begin: async () => begin(memory),
    end: async (title) => end(memory, title),
    undo: async () => undo(memory),
    diff: async () => diff(memory),
    changed: () => changedLines([...memory.all, ...memory.byTools]),
    recall: (changes) => void (memory.all = [...changes]),
  }
}

/** A folder that is too large to be remembered can be worked in all the same, which is said before it happens. */
async function begin(memory: Memory): Promise<void> {
  if (memory.start !== undefined) return
  const { ground, emit } = memory
  try {
    const { tree } = await (await ground()).snapshot()
    emit({ type: 'snapshot', tree })
    memory.start = tree
    memory.first ??= tree
  } catch (error) {
    if (!isError(error, 'overflow')) throw error
    emit({ type: 'warning', message: `${error.message}, so what is changed now can't be taken back` })
    memory.start = null
  }
}

async function end(memory: Memory, title: string): Promise<RecordedChange[]> {
  const { start, ground, emit } = memory
  if (start === undefined) return []
  const step = start === null ? memory.byTools : recorded(memory, await (await ground()).record(start, title))
  for (const { path, kind, from, added, removed, by } of step) {
    if (by === 'command') emit({ type: 'change', path, kind, from, added, removed, by })
  }
  memory.all.push(...step)
  Object.assign(memory, { start: undefined, byTools: [] })
  return step
}

function recorded({ top, root, byTools, emit }: Memory, { id, changes, notTaken }: Step): RecordedChange[] {
  const prefix = relative(top, root)
  const shown = (path: string) => relative(prefix, path)
  for (const { path, reason } of notTaken) {
    emit({ type: 'warning', message: `${escapeLine(shown(path))} can't be taken back: ${reason}` })
  }
  const named = new Set(byTools.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from])))
  return changes.map(({ path, from, kind, added, removed, sensitive }) => {
    const by = named.has(shown(path)) ? 'tool' : 'command'
    // A tool was asked about it.
    if (sensitive && by === 'command') {
      const problem = 'was changed by a command, and something else runs or obeys it: read it, or take it back'
      emit({ type: 'warning', message: `${escapeLine(shown(path))} ${problem}` })
    }
    const about = { path: shown(path), from: from && shown(from), kind, added, removed }
    return { ...about, by, sensitive: sensitive || undefined, step: id }
  })
}

async function undo(memory: Memory): Promise<RecordedChange[]> {
  const { all, ground } = memory
  const last = all.at(-1)
  if (last?.step === undefined) {
    const problem = last === undefined ? 'Nothing was changed' : "What was changed last can't be taken back"
    throw new LocalBrainError('usage', problem, { hint: '/diff shows what was changed' })
  }
  await (await ground()).takeBack(last.step)
  memory.all = all.filter(({ step }) => step !== last.step)
  return all.filter(({ step }) => step === last.step)
}

async function diff({ all, first, top, root, ground: open }: Memory): Promise<Buffer> {
  if (all.length === 0) return Buffer.alloc(0)
  const ground = await open()
  const older = await ground.patches([...new Set(all.flatMap(({ step }) => (step === undefined ? [] : [step])))])
  if (first === undefined) return older
  const prefix = relative(top, root)
  const paths = all.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from]))
  const only = [...new Set(paths.map((path) => (prefix === '' ? path : `${prefix}/${path}`)))]
  const { tree } = await ground.snapshot()
  return Buffer.concat([older, (await compareTrees(ground.store.own, first, tree, only)).patch])
}
