import { runAgent } from '../agent/agent.ts'
import type { Answer } from '../agent/answer.ts'
import type { AgentContext } from '../agent/task.ts'
import type { Message } from '../models/model.ts'
import type { Skill } from '../skill/skill.ts'
import type { Tool } from '../tools/tool.ts'
import type { Job } from './jobs.ts'
import { jobLabel } from './work.ts'
import { answerTokens } from './options.ts'
import type { JobResult } from './work.ts'

export type AnswerContext = AgentContext & { skill: Skill; tools: readonly Tool[]; turns: number }

/** One job of a skill that answers in prose: the loop, from its first messages to the answer. */
export async function answerJob(job: Job, context: AnswerContext): Promise<JobResult> {
  const { tools, turns } = context
  const answer = await runAgent({ messages: job.messages, tools, turns, maxTokens: answerTokens }, context)
  return { job, ...resultOf(answer) }
}

function resultOf(answer: Answer): Omit<JobResult, 'job'> {
  const { text, stop, turns, usage, toolCalls, warnings } = answer
  const ok = stop === 'answered' || (stop === 'turn_limit' && text.trim() !== '')
  return { ok, stop, text: text.trim(), turns, usage, toolCalls, warnings, ...(ok ? {} : { problem: problemOf(stop) }) }
}

function problemOf(stop: Answer['stop']): string {
  switch (stop) {
    case 'time_limit':
      return 'the time limit was reached'
    case 'context_full':
      return 'it does not fit the window of the model'
    case 'interrupted':
      return 'interrupted'
    default:
      return 'the model gave no usable answer'
  }
}

/** The answers that a person reads, each with its name, and what the closing calls cost. */
export type Combined = { answers: { label: string; text: string }[]; closings: JobResult[] }

/**
 * Files answered one by one stay side by side; the parts of one thing (a file that was divided, work taken together)
 * are combined by one closing call over their answers. When that fails the parts' own answers stand.
 */
export async function combine(results: readonly JobResult[], context: AnswerContext): Promise<Combined> {
  const combined: Combined = { answers: [], closings: [] }
  const answered = results.filter((result) => result.text !== '')
  for (const group of context.skill.batch === 'together' ? [answered] : byPath(answered)) {
    const closing = group.length > 1 && !context.signal.aborted ? await close(group, context) : undefined
    if (closing !== undefined) combined.closings.push(closing)
    if (closing?.ok) combined.answers.push({ label: group[0]?.job.units[0]?.path ?? '', text: closing.text })
    else combined.answers.push(...group.map((result) => ({ label: jobLabel(result.job), text: result.text })))
  }
  return combined
}

function byPath(results: readonly JobResult[]): JobResult[][] {
  const groups = new Map<string, JobResult[]>()
  for (const result of results) {
    const key = result.job.units[0]?.path ?? ''
    groups.set(key, [...(groups.get(key) ?? []), result])
  }
  return [...groups.values()]
}

async function close(group: readonly JobResult[], context: AnswerContext): Promise<JobResult> {
  const job: Job = {
    units: group.flatMap((result) => result.job.units),
    messages: closingMessages(group, context.skill),
  }
  const closing = await answerJob(job, { ...context, tools: [], turns: 1 })
  if (closing.ok) return closing
  return {
    ...closing,
    warnings: [...closing.warnings, 'the answers for the parts could not be combined and stand one by one'],
  }
}

function closingMessages(group: readonly JobResult[], skill: Skill): Message[] {
  const answers = group.map((result) => `--- ${jobLabel(result.job)} ---\n${result.text}`).join('\n\n')
  const content = `The input was too long for one reply, so each part was answered on its own. The task was: ${skill.description}

The answers for the parts:

${answers}

Combine them into one answer to the task. Keep every fact, file name and line number as it stands; say each thing once; add nothing new.`
  return [{ role: 'user', content }]
}

/** Several answers as one Markdown text; a single one stands alone. */
export function joinAnswers(answers: Combined['answers']): string {
  const [first] = answers
  if (answers.length < 2) return first?.text ?? ''
  return answers.map(({ label, text }) => `# ${label}\n\n${text}`).join('\n\n')
}
