import type { Stop, ToolCallRecord } from '../../core/answer.ts'
import type { AgentContext } from '../../core/task.ts'
import { askFor } from '../../core/ask-for.ts'
import { addUsage, noUsage } from '../../core/usage.ts'
import { isError } from '../../errors.ts'
import type { Message, Usage } from '../../core/model.ts'
import type { Skill } from '../../skills/skill.ts'
import type { Unit } from '../../input/unit.ts'
import type { Tool } from '../../core/tool.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import type { FileSource } from './already-there.ts'
import { type ReviewCache, reviewKey } from './cache.ts'
import type { Dropped } from './dropped.ts'
import type { Finding } from './finding.ts'
import { groundReply } from './ground-reply.ts'
import { knownNames } from './known.ts'
import { reviewReplySchema } from './reply.ts'
import { reviewTokens } from './reply-limits.ts'
import { type Severity, severities } from './severity.ts'
import { verify } from './verify.ts'

/** What one structured question gave: only findings whose quote really stands in the input. */
export type UnitReview = { findings: Finding[]; dropped: Dropped; cached: boolean }

export type ReviewSettings = {
  skill: Skill
  tools: Tool[]
  /** Whether each finding is looked at twice, or only those at or above a severity: the others stay claims. */
  verify: boolean | Severity
  /** What the model is asked with, as far as the request chose it. */
  options?: Record<string, unknown>
  cache?: ReviewCache
}

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

export type Question = { units: readonly Unit[]; messages: readonly Message[] }

/**
 * Asks about the units once, grounds what comes back, and looks at each survivor a second time. What was reviewed
 * before and has not changed costs no call.
 */
export async function reviewUnits(
  question: Question,
  settings: ReviewSettings,
  context: AgentContext,
): Promise<Reviewed> {
  const { cache, skill, options = {} } = settings
  const key = reviewKey({ ...question, skill: skill.sha256, verify: settings.verify, options, model: context.model })
  const known = await cache?.load(key)
  const reviewed: Reviewed =
    known === undefined
      ? await ask(question, settings, context)
      : { ...nothingAsked, stop: 'answered', review: { ...known, cached: true } }
  for (const { path, startLine: line, severity, title } of reviewed.review?.findings ?? []) {
    context.emit({ type: 'finding', path, line, severity, title })
  }
  if (known !== undefined) return reviewed
  // What a limit cut short is asked again.
  if (reviewed.review !== undefined && reviewed.stop === 'answered') await cache?.save(key, reviewed.review)
  return reviewed
}

const nothingAsked = { turns: 0, usage: noUsage, toolCalls: [], warnings: [] }

async function ask(question: Question, settings: ReviewSettings, context: AgentContext): Promise<Reviewed> {
  const { model, emit, signal, workspace } = context
  const { units, messages } = question
  try {
    const reply = await askFor(reviewReplySchema, messages, { model, emit, signal, maxTokens: reviewTokens })
    const asked = { turns: reply.usage.modelCalls, usage: reply.usage, toolCalls: [], warnings: reply.warnings }
    // guard: review-unusable
    if (reply.value === null) return { ...asked, stop: 'unusable', problem: `no usable reply: ${reply.problem}` }
    const grounded = await groundReply(reply.value, units, { known: knownNames(workspace), source: sources(workspace) })
    const review: UnitReview = { ...grounded, cached: false }
    return await lookTwice({ ...asked, stop: 'answered', review }, units, settings, context)
  } catch (error) {
    return { ...nothingAsked, ...ended(error, signal) }
  }
}

/** What a file holds that is under review; of a revision other than the one that is checked out it may differ. */
function sources(workspace: Workspace): FileSource {
  return async (path) => {
    try {
      return (await workspace.read(path)).text
    } catch (error) {
      if (isError(error)) return undefined
      throw error
    }
  }
}

function isLookedAt({ severity }: Finding, verify: ReviewSettings['verify']): boolean {
  return typeof verify === 'boolean' ? verify : severities.indexOf(severity) <= severities.indexOf(verify)
}

/** When the time ends between two looks, what was found stays as it is: claimed, and not confirmed. */
async function lookTwice(
  first: Reviewed & { review: UnitReview },
  units: readonly Unit[],
  settings: ReviewSettings,
  context: AgentContext,
): Promise<Reviewed> {
  const total = { ...first, review: { ...first.review, findings: [] as Finding[] } }
  for (const finding of first.review.findings) {
    if (!isLookedAt(finding, settings.verify)) {
      total.review.findings.push(unverified(finding))
      continue
    }
    try {
      const look = await verify(finding, units, settings, context)
      total.usage = addUsage(total.usage, look.usage)
      total.turns += look.turns
      total.toolCalls = [...total.toolCalls, ...look.toolCalls]
      if (look.finding !== undefined) total.review.findings.push(look.finding)
      else total.review.dropped.refuted += 1
    } catch (error) {
      if (context.signal.aborted) {
        total.stop = ended(error, context.signal).stop
        total.review.findings.push(unverified(finding))
      } else if (isError(error, 'overflow')) total.review.dropped.refuted += 1
      else throw error
    }
  }
  const unlooked = total.stop === 'answered' ? [] : ['the time ended before every finding was looked at twice']
  return { ...total, warnings: [...total.warnings, ...unlooked] }
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
