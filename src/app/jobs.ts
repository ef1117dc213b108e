import type { ModelWindow } from '../core/model.ts'
import type { Skill } from '../skills/skill.ts'
import { type PromptValues, renderPrompt } from '../skills/prompt.ts'
import { splitUnit } from '../input/split.ts'
import { type Gathered, type NotReviewed, type Unit, unitsByPath } from '../input/unit.ts'
import type { Message } from '../core/model.ts'
import { estimateTokens, firstCharsPerToken } from '../core/estimate.ts'
import { partLabel } from './label.ts'
import { replyReserve } from '../core/fit.ts'

/** One conversation with the model: what it looks at, and the messages that start it, made when it is their turn. */
export type Job = { units: Unit[]; messages: () => Promise<Message[]> }

export type Planned = { jobs: Job[]; notReviewed: NotReviewed[] }

export type PlanInput = { skill: Skill; gathered: Gathered; prompt: string; vars: Record<string, string> }

/** Findings get worse as context is added, whatever fits (reference review-and-hooks, 1.4 and 1.6). In tokens. */
const reviewCeiling = 6000

/** Work → conversations that fit the window. `share` below 1 makes every piece smaller, after an overflow. */
export async function planJobs(input: PlanInput, window: ModelWindow, share = 1): Promise<Planned> {
  const { skill, gathered } = input
  if (gathered.units.length === 0) {
    return { jobs: [jobOf(input, [])], notReviewed: [] }
  }
  const room = await roomFor(input, window, share)
  if (room < 200) return { jobs: [], notReviewed: gathered.units.map((unit) => tooSmall(unit)) }
  const pieces: Unit[] = []
  // guard: fitting-pieces
  for (const unit of gathered.units) pieces.push(...(await splitUnit(unit, charsIn(unit, room))))
  return { jobs: groupsOf(pieces, skill, room).map((units) => jobOf(input, units)), notReviewed: [] }
}

/** Tokens are estimated from bytes, and a text is divided between characters. */
function charsIn({ text }: Unit, bytes: number): number {
  return Math.floor((bytes * text.length) / Math.max(1, Buffer.byteLength(text)))
}

/** Bytes of content that one conversation has room for, next to the skill's own words, tools and the reply. */
async function roomFor(input: PlanInput, window: ModelWindow, share: number): Promise<number> {
  const { skill } = input
  const own = estimateTokens(await jobOf(input, []).messages(), [], window.charsPerToken)
  const forTools = skill.tools.length > 0 && skill.output !== 'findings' ? window.numCtx / 4 : 0
  const free = window.numCtx - own - replyReserve(window.numCtx) - forTools
  const ceiling = skill.output === 'findings' ? Math.min(reviewCeiling, window.numCtx * 0.27) : Number.POSITIVE_INFINITY
  return Math.floor(Math.min(free * 0.9, ceiling) * window.charsPerToken * share)
}

/** Bytes of the largest conversation that the work asks for. Findings are asked for in small pieces anyway. */
export function workChars(skill: Skill, gathered: Gathered): number {
  const sizes = gathered.units.map((unit) => Buffer.byteLength(unit.text))
  const wanted = skill.batch === 'together' ? sizes.reduce((sum, size) => sum + size, 0) : Math.max(0, ...sizes)
  return skill.output === 'findings' ? Math.min(wanted, reviewCeiling * firstCharsPerToken) : wanted
}

function tooSmall(unit: Unit): NotReviewed {
  return {
    path: unit.path,
    startLine: unit.startLine,
    endLine: unit.endLine,
    reason: 'the window is too small for the skill',
  }
}

/** What is asked about in one conversation: in prose everything that belongs together, for findings one piece. */
function groupsOf(pieces: readonly Unit[], skill: Skill, room: number): Unit[][] {
  if (skill.batch === 'together') return packed(pieces, room)
  if (skill.output === 'findings') return pieces.map((unit) => [unit])
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
  const isDiff = gathered.diff !== ''
  return {
    input: prompt,
    filename: units.map((unit) => partLabel(unit, 'name')).join(', '),
    path: units.map((unit) => partLabel(unit)).join(', '),
    language: alone ? only.language : '',
    content,
    files: units.map((unit) => ({ path: partLabel(unit), language: unit.language, content: unit.text })),
    diff: isDiff ? (whole && !alone ? gathered.diff : content) : '',
    branch: gathered.branch,
    vars,
  }
}
