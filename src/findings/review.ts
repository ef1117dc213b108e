import type { Stop, ToolCallRecord } from '../agent/answer.ts'
import type { AgentContext } from '../agent/task.ts'
import { askFor } from '../agent/ask-for.ts'
import { addUsage } from '../agent/usage.ts'
import { isError } from '../errors.ts'
import type { Message, Usage } from '../models/model.ts'
import type { Skill } from '../skill/skill.ts'
import type { Unit } from '../sources/unit.ts'
import type { Tool } from '../tools/tool.ts'
import type { Finding } from './finding.ts'
import { type DropReason, ground } from './ground.ts'
import { knownNames } from './known.ts'
import { type ReviewReply, maxFindingsPerUnit, reviewReplySchema } from './reply.ts'
import { verify } from './verify.ts'

export type Dropped = Record<DropReason, number>

/** What one structured question gave: only findings whose quote really stands in the input. */
export type UnitReview = { findings: Finding[]; dropped: Dropped; cached: boolean }

export type ReviewSettings = { skill: Skill; tools: Tool[]; verify: boolean }

export type Reviewed = {
  /** Absent when the units could not be reviewed. */
  review?: UnitReview
  stop: Stop
  turns: number
  usage: Usage
  toolCalls: ToolCallRecord[]
  warnings: string[]
  problem?: string
}

type Question = { units: readonly Unit[]; messages: readonly Message[] }

/** Tokens that a structured reply may have: an analysis and three findings. */
export const reviewTokens = 1200

/** Asks about the units once, grounds what comes back, and looks at each survivor a second time. */
export async function reviewUnits(
  question: Question,
  settings: ReviewSettings,
  context: AgentContext,
): Promise<Reviewed> {
  const { model, emit, signal } = context
  try {
    const reply = await askFor(reviewReplySchema, question.messages, { model, emit, signal, maxTokens: reviewTokens })
    const asked = { turns: reply.usage.modelCalls, usage: reply.usage, toolCalls: [], warnings: reply.warnings }
    if (reply.value === null) return { ...asked, stop: 'unusable', problem: reply.problem ?? 'no usable reply' }
    return await settle(reply.value, { question, settings, context, asked })
  } catch (error) {
    return { ...ended(error, signal), turns: 0, usage: noReply, toolCalls: [], warnings: [] }
  }
}

const noReply: Usage = { promptTokens: 0, outputTokens: 0, loadMs: 0, promptMs: 0, outputMs: 0, modelCalls: 0 }

type Asked = Omit<Reviewed, 'review' | 'stop' | 'problem'>
type Settling = { question: Question; settings: ReviewSettings; context: AgentContext; asked: Asked }

async function settle(reply: ReviewReply, { question, settings, context, asked }: Settling): Promise<Reviewed> {
  const dropped: Dropped = { ungrounded: 0, refuted: 0, duplicate: 0, suppressed: 0, capped: 0 }
  dropped.capped = Math.max(0, reply.findings.length - maxFindingsPerUnit)
  const known = knownNames(context.workspace)
  const findings: Finding[] = []
  const total: Asked = { ...asked }
  for (const raw of reply.findings.slice(0, maxFindingsPerUnit)) {
    const grounded = await groundIn(question.units, raw, known)
    if ('dropped' in grounded) {
      dropped[grounded.dropped] += 1
      continue
    }
    if (!settings.verify) {
      findings.push(unverified(grounded.finding))
      continue
    }
    const look = await verify(grounded.finding, question.units, settings, context)
    total.usage = addUsage(total.usage, look.usage)
    total.turns += look.turns
    total.toolCalls = [...total.toolCalls, ...look.toolCalls]
    if (look.finding === undefined) dropped.refuted += 1
    else findings.push(look.finding)
  }
  return { ...total, stop: 'answered', review: { findings, dropped, cached: false } }
}

async function groundIn(
  units: readonly Unit[],
  raw: ReviewReply['findings'][number],
  known: (name: string) => Promise<boolean>,
) {
  let outcome: Awaited<ReturnType<typeof ground>> = { dropped: 'ungrounded', why: 'there is no input' }
  for (const unit of units) {
    outcome = await ground(raw, unit, { known })
    if ('finding' in outcome) return outcome
  }
  return outcome
}

/** Nobody looked twice, so it can't be urgent. */
function unverified(finding: Finding): Finding {
  const severity = finding.severity === 'critical' || finding.severity === 'high' ? 'medium' : finding.severity
  return { ...finding, severity, confidence: 'low' }
}

function ended(error: unknown, signal: AbortSignal): { stop: Stop; problem: string } {
  if (isError(error, 'busy')) throw error
  if (signal.aborted) {
    return isError(signal.reason, 'timeout')
      ? { stop: 'time_limit', problem: 'the time limit was reached' }
      : { stop: 'interrupted', problem: 'interrupted' }
  }
  if (isError(error, 'overflow')) return { stop: 'context_full', problem: 'it does not fit the window of the model' }
  throw error
}
