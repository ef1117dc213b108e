import { runAgent } from '../core/converse.ts'
import type { Answer } from '../core/answer.ts'
import type { AgentContext } from '../core/task.ts'
import type { Skill } from '../skills/skill.ts'
import type { Tool } from '../core/tool.ts'
import type { Job } from './jobs.ts'
import { answerTokens } from './options.ts'
import type { JobResult } from './work.ts'

export type AnswerContext = AgentContext & { skill: Skill; tools: readonly Tool[]; turns: number }

/** One job of a skill that answers in prose: the loop, from its first messages to the answer. */
export async function answerJob(job: Job, context: AnswerContext): Promise<JobResult> {
  const { tools, turns } = context
  const answer = await runAgent({ messages: await job.messages(), tools, turns, maxTokens: answerTokens }, context)
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
