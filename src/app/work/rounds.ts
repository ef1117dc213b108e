import type { Answer } from '../../core/answer.ts'
import type { Deadline } from '../../core/deadline.ts'
import type { Emit } from '../../core/events.ts'
import { type Model, specOf } from '../../core/model.ts'
import { type Stop, stopOfAbort } from '../../core/stop.ts'
import { type LocalBrainError, isError } from '../../errors.ts'
import { verdictOf } from '../../report/checks.ts'
import { escapeLine } from '../../text/escape.ts'
import { createEditor } from '../../workspace/edit.ts'
import type { CheckResult } from '../../workspace/sandbox/check.ts'
import type { Commands } from '../../workspace/sandbox/commands.ts'
import { beyondLimits } from '../changes.ts'
import { checkRows, notRun, runChecks, runChecksAfter } from '../checks.ts'
import type { Session } from '../session.ts'
import type { Look, WorkingCopy } from '../working-copy.ts'
import type { LoadedSpec } from './load-spec.ts'
import { roundMessages } from './round-prompt.ts'
import { changedTests } from './tests-changed.ts'
import { type FormerTests, withFormerTests } from './tests-within.ts'

/** Everything that rounds are worked with. */
export type Desk = {
  spec: LoadedSpec
  session: Session
  copy: WorkingCopy
  /** Undefined where no program may be started. */
  commands: Commands | undefined
  model: Model
  limits: { rounds: number; turns: number }
  emit: Emit
  deadline: Deadline
}

/** What the rounds came to. */
export type Rounds = {
  count: number
  answers: Answer[]
  /** What was changed in the end. */
  look: Look
  /** The checks on it. */
  after: readonly CheckResult[]
  stop: Stop
  /** Files with tests that were changed while their check failed. */
  weakened: string[]
  /** Those of them whose tests can't be told from what else was changed. */
  mingled: string[]
  /** What a person should know of single rounds. */
  warnings: string[]
  /** The server, or the sandbox, failed on the way. */
  error?: LocalBrainError
}

/** Tokens of one reply that may write a file: 150 lines and what is said about them. */
const maxTokens = 4096

/**
 * Lets the model work, each time in a new conversation that knows the task, what was changed and what fails, until the
 * checks hold, the rounds are used up or one of them leaves the files as they had been before. What fails on the way is in
 * the result: what was changed by then is worth keeping.
 */
export async function runRounds(desk: Desk, before: readonly CheckResult[]): Promise<Rounds> {
  const start = { tree: desk.copy.start, changes: [], patch: '' }
  const state: Rounds = {
    count: 0,
    answers: [],
    look: start,
    after: before,
    stop: 'answered',
    weakened: [],
    mingled: [],
    warnings: [],
  }
  const seen: Course['seen'] = new Map([[start.tree, before]])
  const { rounds } = desk.limits
  while (!(await takeRound(desk, state, { before, seen }))) {
    if (state.count >= rounds) break
    // In what is left of the time a round could only answer.
    const isLate = Date.now() > desk.deadline.answerBy()
    if (isLate && stopWith(state, 'time_limit')) break
  }
  return state
}

/** `seen`: by tree, what the checks said of it. */
type Course = { before: readonly CheckResult[]; seen: Map<string, readonly CheckResult[]> }

/** True when there is no other round to come. */
async function takeRound(desk: Desk, state: Rounds, { before, seen }: Course): Promise<boolean> {
  const { emit, deadline, copy, limits } = desk
  const { signal } = deadline
  const round = state.count + 1
  const about = { round, of: limits.rounds }
  const started = Date.now()
  emit({ type: 'round_start', ...about })
  const wasTree = state.look.tree
  const answer = await answerRound(desk, state).catch((error: unknown) => {
    // Without anything to keep there is nothing to report either.
    if (!isError(error) || error.code === 'overflow') throw error
    state.error = error
    return undefined
  })
  state.count = round
  if (answer !== undefined) state.answers.push(answer)
  await copy.keepToProposal()
  state.look = await copy.look()
  state.error ??= beyondLimits(state.look.changes, (await desk.session.hands()).editor, desk.session.skill)
  const calls = signal.aborted ? undefined : answer?.toolCalls.length
  // guard: round-without-call
  if (calls === 0) warn(desk, state, `round ${round}: the model called no tool and changed nothing`)
  emit({ type: 'round_end', ...about, ms: Date.now() - started, files: state.look.changes.length, calls })
  const known = seen.get(state.look.tree)
  if (state.look.tree !== wasTree) state.after = known ?? before.map(({ check }) => notRun(check))
  if (state.error !== undefined) return true
  if (signal.aborted) return stopWith(state, stopOfAbort(signal))
  // guard: work-stuck
  if (known !== undefined) return stopWith(state, 'stuck')
  await checkRound(desk, state, before)
  seen.set(state.look.tree, state.after)
  if (state.error !== undefined) return true
  if (signal.aborted) return stopWith(state, stopOfAbort(signal))
  state.stop = answer === undefined || answer.stop === 'calls' ? 'unusable' : answer.stop
  if (state.stop === 'refused') return true
  if (!holds(state.after)) return false
  state.stop = 'answered'
  return true
}

/** What the model says it did is shown nowhere, so a person has to be told that it did nothing. */
function warn({ emit }: Desk, { warnings }: Rounds, message: string): void {
  warnings.push(message)
  emit({ type: 'warning', message })
}

function stopWith(state: Rounds, stop: Stop): true {
  state.stop = stop
  return true
}

/** Without a check that may say so, nobody can tell what another round would be for. */
function holds(after: readonly CheckResult[]): boolean {
  return verdictOf(checkRows(after, after)) !== 'fail'
}

async function answerRound(desk: Desk, { answers, look, after }: Rounds): Promise<Answer> {
  const { session, copy, model, limits, deadline, spec } = desk
  const tools = session.tools.map(specOf)
  const { workspace } = copy
  const { skill } = session
  const isFirst = answers.length === 0
  const input = { spec, skill, workspace, model, tools, patch: look.patch, checks: after, isFirst }
  const messages = await roundMessages(input)
  const conversation = await session.converse(messages.slice(0, -1))
  const bounds = { ...deadline, turns: limits.turns, maxTokens }
  return conversation.send(messages.at(-1)?.content ?? '', bounds)
}

async function checkRound(desk: Desk, state: Rounds, before: readonly CheckResult[]): Promise<void> {
  const { commands, emit, deadline, copy } = desk
  if (commands === undefined) return
  const context = { commands, emit, signal: deadline.signal }
  const allowed = before.filter(({ state }) => state !== 'not_run')
  try {
    const results = await undisturbed(copy, state.look, async () => runChecksAfter(allowed, context))
    const honest = await withoutWeakened(desk, state, { allowed, results })
    state.after = before.map(({ check }) => honest.find((result) => result.check === check) ?? notRun(check))
  } catch (error) {
    if (!isError(error)) throw error
    state.error = error
  }
}

/** Files that checks leave behind are not part of the work. */
export async function undisturbed<T>(
  copy: WorkingCopy,
  { tree }: Pick<Look, 'tree'>,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act()
  } finally {
    await copy.restore(tree)
  }
}

type Checked = { allowed: readonly CheckResult[]; results: readonly CheckResult[] }

/**
 * A check that failed before may hold now because its tests were changed. It is run again with the tests as they were:
 * then the work itself decides.
 */
async function withoutWeakened(
  desk: Desk,
  state: Rounds,
  { allowed, results }: Checked,
): Promise<readonly CheckResult[]> {
  const { commands, copy, spec, emit, deadline } = desk
  const failed = new Set(allowed.flatMap(({ check, state }) => (state === 'failed' ? [check] : [])))
  const doubtful = results.filter(({ check }) => failed.has(check))
  const tests = changedTests(state.look, spec, doubtful.map(({ check }) => check.command).join('\n'))
  if (doubtful.length === 0) return results
  // guard: tests-within
  const within = await undisturbed(copy, state.look, async () => changedWithin(copy, state.look, tests))
  const apart = within.filter(({ isApart }) => isApart)
  state.weakened = [...tests, ...within.map(({ path }) => path)]
  state.mingled = within.flatMap(({ path, isApart }) => (isApart ? [] : [path]))
  const mended = doubtful.filter(({ state }) => state !== 'failed').map(({ check }) => check)
  const former = [...tests, ...apart.map(({ path }) => path)]
  if (former.length === 0 || mended.length === 0 || commands === undefined) return results
  const context = { commands, emit, signal: deadline.signal }
  const again = await undisturbed(copy, state.look, async () => {
    if (tests.length > 0) await copy.restore(copy.start, tests)
    for (const { path, text } of apart) await put(copy, path, text)
    return runChecks(mended, 'after', context)
  })
  const note = `[run with the tests as they were at the start: ${former.map(escapeLine).join(', ')}]\n`
  const lost = again.filter(({ state }) => state !== 'ok').map((one) => ({ ...one, output: note + one.output }))
  // guard: work-weakened
  return results.map((result) => lost.find(({ check }) => check === result.check) ?? result)
}

/** The files that hold other code too and whose tests were changed, each with its text with the tests as they were. */
async function changedWithin(
  copy: WorkingCopy,
  { changes }: Look,
  tests: readonly string[],
): Promise<(FormerTests & { path: string })[]> {
  const paths = changes.flatMap(({ path, kind }) => (kind === 'modify' && !tests.includes(path) ? [path] : []))
  if (paths.length === 0) return []
  const now = await textsOf(copy, paths)
  await copy.restore(copy.start, paths)
  const before = await textsOf(copy, paths)
  return paths.flatMap((path, at) => {
    const [old, text] = [before[at], now[at]]
    const former = old === undefined || text === undefined ? undefined : withFormerTests(old, text)
    return former === undefined ? [] : [{ path, ...former }]
  })
}

/** Undefined for what is no text, or may not be written. */
async function textsOf({ workspace }: WorkingCopy, paths: readonly string[]): Promise<(string | undefined)[]> {
  const editor = createEditor(workspace)
  const open = async (path: string) => (await editor.open(path)).text
  return Promise.all(paths.map(async (path) => open(path).catch(() => undefined)))
}

async function put({ workspace }: WorkingCopy, path: string, text: string): Promise<void> {
  const editor = createEditor(workspace)
  await editor.replace(await editor.open(path), text).commit()
}
