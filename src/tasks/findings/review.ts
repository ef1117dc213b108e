import { askFor } from '../../core/ask-for.ts'
import type { JsonSchema, Message } from '../../core/model.ts'
import { reasonFor, stopFor } from '../../core/stop.ts'
import { addUsage, noUsage } from '../../core/usage.ts'
import { isError } from '../../errors.ts'
import type { Unit } from '../../input/unit.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import type { Job, JobResult, TaskContext, UnitReview } from '../task.ts'
import type { FileSource } from './already-there.ts'
import { reviewKey } from './cache.ts'
import type { Finding } from './finding.ts'
import { groundReply } from './ground-reply.ts'
import { knownNames } from './names.ts'
import { kindsOf } from './kinds.ts'
import { reviewTokens } from './reply-limits.ts'
import { type Severity, severities } from '../../skills/severity.ts'
import { verify } from './verify.ts'

/** `format`: the shape of the reply, as the server is told. */
type ReviewContext = TaskContext & { format: JsonSchema }

/** A job's result, before it is known whose. `review` is absent when the units could not be reviewed. */
type Reviewed = Omit<JobResult, 'job' | 'ok' | 'text'>

/**
 * Asks about the units once, grounds what comes back, and looks at each survivor a second time. What was reviewed
 * before and has not changed costs no call.
 */
export async function reviewJob(job: Job, context: ReviewContext): Promise<JobResult> {
  const reviewed = await reviewUnits(job.units, await job.messages(), context)
  return { job, text: '', ok: reviewed.review !== undefined, ...reviewed }
}

async function reviewUnits(
  units: readonly Unit[],
  messages: readonly Message[],
  context: ReviewContext,
): Promise<Reviewed> {
  const { reviews, skill, options, model } = context
  const key = reviewKey({ units, messages, skill: skill.sha256, verify: context.verify, options, model })
  const known = await reviews.load(key)
  const reviewed: Reviewed =
    known === undefined
      ? await ask(units, messages, context)
      : { ...nothingAsked, stop: 'answered', review: { ...known, cached: true } }
  for (const { path, startLine: line, severity, title } of reviewed.review?.findings ?? []) {
    context.emit({ type: 'finding', path, line, severity, title })
  }
  if (known !== undefined) return reviewed
  // What a limit cut short is asked again.
  if (reviewed.review !== undefined && reviewed.stop === 'answered') await reviews.save(key, reviewed.review)
  return reviewed
}

const nothingAsked = { turns: 0, usage: noUsage, toolCalls: [], warnings: [] }

async function ask(units: readonly Unit[], messages: readonly Message[], context: ReviewContext): Promise<Reviewed> {
  const { model, emit, signal, workspace, skill, format } = context
  const kinds = kindsOf(skill)
  try {
    const schema = async () => (await import('./reply.ts')).reviewReply(kinds.names)
    const reply = await askFor(schema, messages, { model, emit, signal, maxTokens: reviewTokens, format })
    const asked = { turns: reply.usage.modelCalls, usage: reply.usage, toolCalls: [], warnings: reply.warnings }
    // guard: review-unusable
    if (reply.value === null) return { ...asked, stop: 'unusable', problem: `no usable reply: ${reply.problem}` }
    const grounded = await groundReply(reply.value, units, {
      known: knownNames(workspace),
      source: sources(workspace),
      kinds,
    })
    const review: UnitReview = { ...grounded, cached: false }
    return await lookTwice({ ...asked, stop: 'answered', review }, units, context)
  } catch (error) {
    const stop = stopFor(error, signal)
    return { ...nothingAsked, stop, problem: reasonFor(stop) }
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

function isLookedAt({ severity }: Finding, verify: boolean | Severity): boolean {
  return typeof verify === 'boolean' ? verify : severities.indexOf(severity) <= severities.indexOf(verify)
}

/** When the time ends between two looks, what was found stays as it is: claimed, and not confirmed. */
async function lookTwice(
  first: Reviewed & { review: UnitReview },
  units: readonly Unit[],
  context: TaskContext,
): Promise<Reviewed> {
  const total = { ...first, review: { ...first.review, findings: [] as Finding[] } }
  for (const finding of first.review.findings) {
    if (!isLookedAt(finding, context.verify)) {
      total.review.findings.push(unverified(finding))
      continue
    }
    try {
      const look = await verify(finding, units, context)
      total.usage = addUsage(total.usage, look.usage)
      total.turns += look.turns
      total.toolCalls = [...total.toolCalls, ...look.toolCalls]
      if (look.finding !== undefined) total.review.findings.push(look.finding)
      else total.review.dropped.refuted += 1
    } catch (error) {
      if (context.signal.aborted) {
        total.stop = stopFor(error, context.signal)
        total.review.findings.push(unverified(finding))
      } else if (isError(error, 'overflow')) total.review.dropped.refuted += 1
      else throw error
    }
  }
  const unlooked = total.stop === 'answered' ? [] : ['the time ended before every finding was looked at twice']
  return { ...total, warnings: [...total.warnings, ...unlooked] }
}

/** It was not checked a second time, so it can't be urgent. */
function unverified(finding: Finding): Finding {
  const severity = finding.severity === 'critical' || finding.severity === 'high' ? 'medium' : finding.severity
  return { ...finding, severity, confidence: 'low' }
}
