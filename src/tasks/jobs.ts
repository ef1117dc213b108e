import { posix } from 'node:path'
import { firstCharsPerToken } from '../core/estimate.ts'
import { replyReserve } from '../core/fit.ts'
import type { Capacity, Message } from '../core/model.ts'
import { splitUnit } from '../input/split.ts'
import { type Gathered, type NotReviewed, type Unit, unitsByPath } from '../input/unit.ts'
import { type PromptValues, renderPrompt } from '../skills/prompt.ts'
import type { Skill } from '../skills/skill.ts'
import { escapeName } from '../text/escape.ts'
import type { Task } from './task.ts'

/** One conversation with the model: what it looks at, and the messages that start it, made when it is their turn. */
export type Job = { units: Unit[]; messages: () => Promise<Message[]> }

export type Planned = { jobs: Job[]; notReviewed: NotReviewed[] }

export type PlanInput = {
  skill: Skill
  task: Pick<Task, 'division' | 'offersTools'>
  gathered: Gathered
  prompt: string
  vars: Record<string, string>
}

/** Work → conversations that fit the window. `share` below 1 makes every piece smaller, after an overflow. */
export async function planJobs(input: PlanInput, capacity: Capacity, share = 1): Promise<Planned> {
  const { gathered } = input
  if (gathered.units.length === 0) return { jobs: [jobOf(input, [])], notReviewed: [] }
  const room = await roomFor(input, capacity, share)
  if (room < 200)
    return { jobs: [], notReviewed: gathered.units.map((unit) => left(unit, 'the window is too small for the skill')) }
  const pieces: Unit[] = []
  // guard: fitting-pieces
  for (const unit of gathered.units) pieces.push(...(await splitUnit(unit, charsIn(unit, room))))
  const groups = groupsOf(pieces, input, room)
  if (input.task.division.by !== 'first') return { jobs: groups.map((units) => jobOf(input, units)), notReviewed: [] }
  const [first = [], ...rest] = groups
  return {
    jobs: [jobOf(input, first)],
    notReviewed: rest.flat().map((unit) => left(unit, 'only as much as fits one question is looked at')),
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

/** Bytes of the largest conversation that the work asks for. */
export function workBytes({ skill, task, gathered }: Pick<PlanInput, 'skill' | 'task' | 'gathered'>): number {
  const sizes = gathered.units.map((unit) => Buffer.byteLength(unit.text))
  const wanted = skill.batch === 'together' ? sizes.reduce((sum, size) => sum + size, 0) : Math.max(0, ...sizes)
  return Math.min(wanted, task.division.maxTokens * firstCharsPerToken)
}

function left({ path, startLine, endLine }: Unit, reason: string): NotReviewed {
  return { path, startLine, endLine, reason }
}

/** What is asked about in one conversation. */
function groupsOf(pieces: readonly Unit[], { skill, task }: PlanInput, room: number): Unit[][] {
  if (skill.batch === 'together') return packed(pieces, room)
  if (task.division.by === 'piece') return pieces.map((unit) => [unit])
  return [...unitsByPath(pieces).values()].flatMap((units) => packed(units, room))
}

/** Consecutive pieces that fit together. */
function packed(pieces: readonly Unit[], room: number): Unit[][] {
  const groups: Unit[][] = []
  let used = 0
  for (const piece of pieces) {
    const group = groups.at(-1)
    const size = Buffer.byteLength(piece.text) + piece.path.length + 20
    if (group === undefined || used + size > room) {
      groups.push([piece])
      used = size
    } else {
      group.push(piece)
      used += size
    }
  }
  return groups
}

function jobOf(input: PlanInput, units: Unit[]): Job {
  return { units, messages: async () => renderPrompt(input.skill, valuesFor(input, units)) }
}

function valuesFor({ gathered, prompt, vars }: PlanInput, units: readonly Unit[]): PromptValues {
  const [only] = units
  const alone = units.length === 1 && only !== undefined
  const whole = units.length === gathered.units.length && units.every((unit) => unit.part === undefined)
  const content = alone ? only.text : units.map((unit) => `=== ${partLabel(unit)} ===\n${unit.text}`).join('\n\n')
  const isDiff = gathered.diff !== '' && units.every((unit) => unit.kind === 'hunk')
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
