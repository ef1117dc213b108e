import { isWhole } from '../core/answer.ts'
import { replyReserve } from '../core/fit.ts'
import type { Capacity, Message } from '../core/model.ts'
import { reasonFor } from '../core/stop.ts'
import { type LocalBrainError, isError } from '../errors.ts'
import type { Unit } from '../input/unit.ts'
import type { Skill } from '../skills/skill.ts'
import { noneDropped } from './findings/dropped.ts'
import { jobLabel } from './jobs.ts'
import type { Checked, Job, JobResult, Task, TaskContext } from './task.ts'
import type { unfounded } from './unfounded.ts'

/** Tokens that one answer may have. */
const maxTokens = 2048
/** Tokens of one reply that may write a file: 150 lines and what is said about them. */
const maxWritten = 4096

/** Text that answers: one conversation for each part, and closing ones that combine the parts of one thing. */
export const prose: Task = {
  givesFindings: false,
  temperature: 0.2,
  maxTokens,
  format: null,
  offersTools: true,
  division: { maxTokens: Number.POSITIVE_INFINITY, maxShare: 1, by: 'skill' },
  check: noneChecked,
  run: answerJob,
  load: loadConversation,
  closings: plannedClosings,
  async finish(results, context) {
    const { answers, ...rest } = await combine(results, context)
    return { ...rest, text: joinAnswers(answers) }
  },
  // Half an answer is no answer.
  isAnswered: (results) => results.length > 0 && results.every(({ ok }) => ok),
}

/** For a task that gives no findings. */
export function noneChecked(): Promise<Checked> {
  return Promise.resolve({
    isCertain: () => false,
    settle: () => ({ findings: null, dropped: noneDropped(), warnings: [] }),
  })
}

/** When there is something to ask: a dry run only looks. */
async function loadConversation() {
  return import('../core/conversation.ts')
}

async function answerJob(job: Job, context: TaskContext): Promise<JobResult> {
  const mayWrite = context.tools.some(({ access }) => access !== 'read')
  const bounds = { ...context, maxTokens: mayWrite ? maxWritten : maxTokens }
  const { createConversation } = await loadConversation()
  const conversation = createConversation(context)
  const answer = await conversation.send(await job.messages(), bounds)
  const { turns, usage, toolCalls } = answer
  // There are no tools of the caller's here.
  const stop = answer.stop === 'calls' ? 'unusable' : answer.stop
  const ok = isWhole(answer)
  const problem = ok ? undefined : reasonFor(stop)
  const text = answer.text.trim()
  const doubts = ok ? await doubtsOf({ job, text, toolCalls }, conversation.messages, context) : []
  return { job, ok, stop, text, turns, usage, toolCalls, warnings: [...answer.warnings, ...doubts], problem }
}

const doubtsOf: typeof unfounded = async (...answered) => (await import('./unfounded.ts')).unfounded(...answered)

/** An answer with its name and what it is about. */
type Part = { label: string; text: string; units: Unit[] }

/** The answers that a person reads, each with its name, and what the closing calls cost. */
type Combined = {
  answers: { label: string; text: string }[]
  closings: JobResult[]
  warnings: string[]
  /** The server failed before all was combined. */
  error?: LocalBrainError
}

/**
 * Files answered one by one stay side by side; the parts of one thing (a file that was divided, work taken together)
 * are combined by a closing call over their answers. When that fails the parts' own answers stand.
 */
async function combine(results: readonly JobResult[], context: TaskContext): Promise<Combined> {
  const combined: Combined = { answers: [], closings: [], warnings: [] }
  const parts = results.filter((result) => result.text !== '').map(partOf)
  for (const group of context.skill.batch === 'together' ? [parts] : byPath(parts)) {
    const joined = await reduce(group, combined, context)
    const [only] = joined
    const isWhole = joined.length === 1 && group.length > 1
    combined.answers.push(...(isWhole && only ? [{ ...only, label: only.units[0]?.path ?? '' }] : joined))
  }
  return combined
}

/** Tokens of an answer that is not known yet. */
const usualAnswer = 600

function plannedClosings(jobs: readonly Job[], skill: Skill, capacity: Capacity): Job[] {
  const text = 'x'.repeat(capacity.bytes(usualAnswer))
  const parts = jobs.map((job) => ({ label: jobLabel(job), text, units: job.units }))
  const groups = skill.batch === 'together' ? [parts] : byPath(parts)
  return groups.flatMap((group) => plannedRounds(group, skill, capacity))
}

/** The same rounds as `reduce`. */
function plannedRounds(parts: readonly Part[], skill: Skill, capacity: Capacity): Job[] {
  if (parts.length < 2) return []
  const groups = groupsThatFit(parts, skill, capacity)
  if (groups.length === parts.length) return []
  const jobs = groups.filter((group) => group.length > 1).map((group) => plannedClosing(group, skill))
  return [...jobs, ...plannedRounds(groups.map(merged), skill, capacity)]
}

function plannedClosing(group: readonly Part[], skill: Skill): Job {
  const answers = group.map((part) => ({ ...part, text: '[the answer]' }))
  return { units: merged(group).units, messages: async () => closingMessages(answers, skill) }
}

/** What several answers are called once they are one. */
function merged(group: readonly Part[]): Part {
  const [first, last] = [group[0], group.at(-1)]
  const label = group.length === 1 ? (first?.label ?? '') : `${first?.label} to ${last?.label}`
  return { label, text: first?.text ?? '', units: group.flatMap(({ units }) => units) }
}

function partOf({ job, text }: JobResult): Part {
  return { label: jobLabel(job), text, units: job.units }
}

function byPath(parts: readonly Part[]): Part[][] {
  const groups = new Map<string, Part[]>()
  for (const part of parts) {
    const key = part.units[0]?.path ?? ''
    const group = groups.get(key)
    if (group) group.push(part)
    else groups.set(key, [part])
  }
  return [...groups.values()]
}

/** Rounds of closing calls, each over as many answers as the window holds, until one is left or no two fit together. */
async function reduce(parts: Part[], combined: Combined, context: TaskContext): Promise<Part[]> {
  if (parts.length < 2 || context.signal.aborted || combined.error !== undefined) return parts
  const groups = groupsThatFit(parts, context.skill, context.model)
  const next: Part[] = []
  for (const group of groups) {
    const [only] = group
    const closed = group.length === 1 ? only : await close(group, combined, context)
    if (closed === undefined) return [...next, ...groups.slice(groups.indexOf(group)).flat()]
    next.push(closed)
  }
  if (next.length < parts.length) return reduce(next, combined, context)
  combined.warnings.push(notCombined)
  return parts
}

function groupsThatFit(parts: readonly Part[], skill: Skill, capacity: Capacity): Part[][] {
  const room = (capacity.window - replyReserve(capacity.window)) * 0.9
  const groups: Part[][] = []
  for (const part of parts) {
    const group = groups.at(-1)
    const together = closingMessages([...(group ?? []), part], skill)
    if (group !== undefined && capacity.tokens(together, []) <= room) group.push(part)
    else groups.push([part])
  }
  return groups
}

const notCombined = 'the answers for the parts could not be combined and follow one after the other'

async function close(group: readonly Part[], combined: Combined, context: TaskContext): Promise<Part | undefined> {
  const { label, units } = merged(group)
  try {
    const job = { units, messages: async () => closingMessages(group, context.skill) }
    const closing = await answerJob(job, { ...context, tools: [], turns: 1 })
    combined.closings.push(closing)
    if (closing.ok) return { label, text: closing.text, units }
    combined.warnings.push(notCombined)
    return undefined
  } catch (error) {
    if (!isError(error)) throw error
    combined.error = error
    return undefined
  }
}

function closingMessages(group: readonly Part[], skill: Skill): Message[] {
  const answers = group.map(({ label, text }) => `--- ${label} ---\n${text}`).join('\n\n')
  const content = `The input was too long for one reply, so each part was answered on its own. The task was: ${skill.description}

The answers for the parts:

${answers}

Combine them into one answer to the task. Keep every fact, file name and line number as it stands; say each thing once; add nothing new.`
  return [{ role: 'user', content }]
}

/** Several answers as one Markdown text; a single one is returned as it is. */
function joinAnswers(answers: Combined['answers']): string {
  const [first] = answers
  if (answers.length < 2) return first?.text ?? ''
  return answers.map(({ label, text }) => `# ${label}\n\n${text}`).join('\n\n')
}
