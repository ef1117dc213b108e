import { posix } from 'node:path'
import { firstCharsPerToken } from '../core/estimate.ts'
import { replyReserve } from '../core/fit.ts'
import type { Capacity } from '../core/model.ts'
import { splitUnit } from '../input/split.ts'
import type { Gathering, NotReviewed, Unit } from '../input/unit.ts'
import { type PromptValues, renderPrompt } from '../skills/prompt.ts'
import type { Skill } from '../skills/skill.ts'
import { escapeName } from '../text/escape.ts'
import type { Job, Task } from './task.ts'

/** `jobs` reads on and divides as it is asked for more; `notReviewed` is whole when it has ended. */
export type Planned = { jobs: AsyncGenerator<Job, undefined>; notReviewed: NotReviewed[] }

export type PlanInput = Gathering & {
  skill: Skill
  task: Pick<Task, 'division' | 'offersTools'>
  prompt: string
  vars: Record<string, string>
}

export type PlanOptions = {
  /** Below 1 makes every piece smaller, after an overflow. */
  share?: number
  /** Once it is aborted nothing more is read or divided, but all that was read is still given. */
  signal?: AbortSignal
}

/** Work → conversations that fit the window. How much fits is decided here, once for all of it. */
export async function planJobs(
  given: PlanInput,
  capacity: Capacity,
  { share = 1, signal }: PlanOptions = {},
): Promise<Planned> {
  const input = { ...given, more: async () => !signal?.aborted && given.more().catch(endedBy(signal)) }
  const notReviewed: NotReviewed[] = []
  const isNothing = input.gathered.units.length === 0
  const room = isNothing ? 0 : await roomFor(input, capacity, share)
  return { jobs: divide(input, { room, signal }, notReviewed), notReviewed }
}

/** What ends with the run was read to the end, as far as this run goes. */
function endedBy(signal: AbortSignal | undefined): (error: unknown) => false {
  return (error) => {
    if (signal?.aborted) return false
    throw error
  }
}

type Division = { room: number; signal?: AbortSignal }

async function* divide(
  input: PlanInput,
  division: Division,
  notReviewed: NotReviewed[],
): AsyncGenerator<Job, undefined> {
  const { room } = division
  const { task, gathered } = input
  if (gathered.units.length === 0) {
    yield jobOf(input, [])
    return
  }
  if (room < 200) {
    for await (const unit of unitsOf(input)) notReviewed.push(left(unit, 'the window is too small for the skill'))
    return
  }
  let isFirst = true
  for await (const units of groupsOf(piecesOf(input, division), input, room)) {
    if (isFirst || task.division.by !== 'first') yield jobOf(input, units)
    else notReviewed.push(...units.map((unit) => left(unit, 'only as much as fits one question is looked at')))
    isFirst = false
  }
}

/** What was read, and what comes as it is read on. */
async function* unitsOf({ gathered, more }: Gathering): AsyncGenerator<Unit> {
  let [at, isMore] = [0, true]
  while (isMore || at < gathered.units.length) {
    const unit = gathered.units[at]
    if (unit === undefined) isMore = await more()
    else {
      at += 1
      yield unit
    }
  }
}

async function* piecesOf(gathering: Gathering, { room, signal }: Division): AsyncGenerator<Unit> {
  for await (const unit of unitsOf(gathering)) {
    const isAborted = signal?.aborted === true
    // guard: fitting-pieces
    yield* isAborted ? [unit] : await splitUnit(unit, charsIn(unit, room))
  }
}

/** Tokens are estimated from bytes, and a text is divided between characters. */
function charsIn({ text }: Unit, bytes: number): number {
  return Math.floor((bytes * text.length) / Math.max(1, Buffer.byteLength(text)))
}

/** Bytes of content that one conversation has room for, next to the skill's own words, tools and the reply. */
async function roomFor(input: PlanInput, capacity: Capacity, share: number): Promise<number> {
  const { skill, task } = input
  const { window } = capacity
  const own = capacity.tokens(await jobOf(input, []).messages(), [])
  const forTools = skill.tools.length > 0 && task.offersTools ? window / 4 : 0
  const free = window - own - replyReserve(window) - forTools
  const { maxTokens, maxShare } = task.division
  return capacity.bytes(Math.min(free * 0.9, maxTokens, window * maxShare) * share)
}

/** Bytes of the largest conversation that the work asks for, as far as it was read; of the rest, about. */
export function workBytes(input: Gathering & Pick<PlanInput, 'skill' | 'task'>): number {
  const { skill, task } = input
  const max = task.division.maxTokens * firstCharsPerToken
  let [wanted, count] = [0, 0]
  for (const bytes of sizesOf(input)) {
    count += 1
    if (count > maxSized && Number.isFinite(max)) return max
    wanted = skill.batch === 'together' ? wanted + bytes : Math.max(wanted, bytes)
    if (wanted >= max) return max
  }
  return wanted
}

/** Of more files than this one is as large as a conversation takes, and the size of each need not be looked up. */
const maxSized = 1000

function* sizesOf({ gathered, unread }: Gathering): Generator<number> {
  for (const { text } of gathered.units) yield Buffer.byteLength(text)
  for (const { bytes } of unread()) yield bytes
}

/** Whether nothing can be asked before all of the input is there: one conversation is to hold as much of it as it can. */
export function needsWhole({ skill, task }: Pick<PlanInput, 'skill' | 'task'>): boolean {
  return skill.batch === 'together' || task.division.by === 'first'
}

function left({ path, startLine, endLine }: Unit, reason: string): NotReviewed {
  return { path, startLine, endLine, reason }
}

/** What is asked about in one conversation: consecutive pieces that fit together. */
async function* groupsOf(
  pieces: AsyncIterable<Unit>,
  { skill, task }: PlanInput,
  room: number,
): AsyncGenerator<Unit[]> {
  const isTogether = skill.batch === 'together'
  if (task.division.by === 'piece' && !isTogether) {
    for await (const piece of pieces) yield [piece]
    return
  }
  let group: Unit[] = []
  let used = 0
  for await (const piece of pieces) {
    const size = Buffer.byteLength(piece.text) + piece.path.length + 20
    const [first] = group
    if (first !== undefined && (used + size > room || !(isTogether || first.path === piece.path))) {
      yield group
      group = []
      used = 0
    }
    group.push(piece)
    used += size
  }
  if (group.length > 0) yield group
}

function jobOf(input: PlanInput, units: Unit[]): Job {
  // More may have been read by the time that the messages are made.
  const isAll = units.length === input.gathered.units.length
  return { units, messages: async () => renderPrompt(input.skill, valuesFor(input, units, isAll)) }
}

function valuesFor({ gathered, prompt, vars }: PlanInput, units: readonly Unit[], isAll: boolean): PromptValues {
  const [only] = units
  const alone = units.length === 1 && only !== undefined
  const whole = isAll && units.every((unit) => unit.part === undefined)
  const content = alone ? only.text : units.map((unit) => `=== ${partLabel(unit)} ===\n${unit.text}`).join('\n\n')
  const isDiff = units.length > 0 && units.every((unit) => unit.kind === 'hunk')
  return {
    input: prompt,
    filename: units.map((unit) => partLabel(unit, 'name')).join(', '),
    path: units.map((unit) => partLabel(unit)).join(', '),
    language: alone ? only.language : '',
    content,
    files: units.map((unit) => ({ path: partLabel(unit), language: unit.language, content: unit.text })),
    diff: isDiff ? (whole && !alone ? gathered.diff : content) : '',
    branch: gathered.branch,
    project_rules: gathered.rules?.text,
    vars,
  }
}

/** What a piece is called in a prompt: a part of a file says which, so that the model does not take it for the whole. */
function partLabel(unit: Unit, form: 'path' | 'name' = 'path'): string {
  const name = escapeName(form === 'name' ? posix.basename(unit.path) : unit.path)
  if (unit.part === undefined) return name
  const { index, of, lines } = unit.part
  return `${name} (lines ${unit.startLine}-${unit.endLine} of ${lines}, part ${index} of ${of})`
}

/** What a job is called in progress and reports. */
export function jobLabel({ units }: Job): string {
  const [first] = units
  if (first === undefined) return 'prompt'
  return units.length === 1 ? partLabel(first) : `${first.path} and ${units.length - 1} more`
}
