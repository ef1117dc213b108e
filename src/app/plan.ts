import { estimatedCapacity, firstCharsPerToken } from '../core/estimate.ts'
import { includes } from '../core/access.ts'
import type { JsonSchema, Message, ToolSpec } from '../core/model.ts'
import { chooseWindow } from '../engines/window.ts'
import type { NotReviewed } from '../input/unit.ts'
import { withGap } from '../report/coverage.ts'
import type { Report } from '../report/report.ts'
import { jobLabel, planJobs, workBytes } from '../tasks/jobs.ts'
import type { Job } from '../tasks/task.ts'
import { knownTools, toolSpecs } from '../tools/specs.built.ts'
import { redactAll, redactSecrets } from '../text/redact.ts'
import type { Prepared } from './prepare.ts'
import type { Session } from './session.ts'

/** What a run would send (`local-brain.plan/1`). */
export type Plan = {
  schema: 'local-brain.plan/1'
  skill: string
  /** Null: the run will choose among the installed models. */
  model: string | null
  scope: Report['scope']
  /**
   * Read, divided and rendered one at a time, as they are asked for. They can be gone through once; what comes of it is
   * known at the end.
   */
  requests: () => AsyncGenerator<PlannedRequest, PlanEnd>
}

/** The rest of a plan, known once all of the input has been read. */
type PlanEnd = {
  units: { path: string; startLine: number; endLine: number; kind: string; tokens: number }[]
  notReviewed: Report['notReviewed']
  warnings: string[]
}

export type PlannedRequest = {
  label: string
  messages: Message[]
  tools: ToolSpec[]
  format: JsonSchema | null
  options: Record<string, unknown>
  /** An estimate: how a model counts tokens is only known after its first reply. */
  promptTokens: number
}

/**
 * Plans the first request of every conversation, closing ones included. Contacts nothing, so the window is the one asked
 * for or a usual one. Secrets are cut short in all of it, as in a report.
 */
export function planRun(prepared: Prepared): Plan {
  const { request, skill, gathered } = prepared
  const plan: Omit<Plan, 'requests'> = {
    schema: 'local-brain.plan/1',
    skill: skill.name,
    model: request.model?.name ?? skill.model[0] ?? request.model?.configured ?? null,
    scope: { ...gathered.scope, root: prepared.root },
  }
  return { ...redactAll(plan), requests: () => planRequests(prepared) }
}

async function* planRequests(prepared: Prepared): AsyncGenerator<PlannedRequest, PlanEnd> {
  const { session, skill, task, options } = prepared
  const capacity = estimatedCapacity(assumedWindow(prepared))
  const offered = task.offersTools ? skill.tools.flatMap((name) => offeredSpecs(name, session)) : []
  const engine = await session.engine()
  const { format, maxTokens } = task
  const render = async (job: Job, tools: typeof offered) => {
    const outline = engine.render({ tools, format, maxTokens, window: capacity.window, options })
    const messages = await job.messages()
    const promptTokens = capacity.tokens(messages, outline.tools)
    // guard: request-secrets
    return redactAll({ messages, ...outline, promptTokens })
  }
  const jobs: Job[] = []
  const planned = prepared.nothing === undefined ? await planJobs(prepared, capacity) : { jobs: [], notReviewed: [] }
  for await (const job of planned.jobs) {
    jobs.push(job)
    yield { label: redactSecrets(jobLabel(job)), ...(await render(job, offered)) }
  }
  for (const job of task.closings(jobs, skill, capacity)) {
    yield { label: 'the answers, combined', ...(await render(job, [])) }
  }
  const end = endOf(prepared, jobs, planned.notReviewed)
  // guard: plan-secrets
  return redactAll(end)
}

function endOf({ skill, session, gathered, nothing }: Prepared, jobs: readonly Job[], left: NotReviewed[]): PlanEnd {
  return {
    units: jobs.flatMap(({ units }) =>
      units.map(({ path, startLine, endLine, kind, text }) => {
        return { path, startLine, endLine, kind, tokens: Math.ceil(text.length / firstCharsPerToken) }
      }),
    ),
    notReviewed: [...gathered.skipped.map(withGap), ...left.map((part) => ({ ...part, gap: true }))],
    warnings: [
      ...skill.warnings,
      ...session.warnings,
      ...gathered.warnings,
      ...(nothing === undefined ? [] : [nothing]),
    ],
  }
}

/** What the model would be told about a tool, if it is offered. */
function offeredSpecs(name: string, { access }: Session): ToolSpec[] {
  const isOffered = knownTools.some((tool) => tool.name === name && includes(access, tool.access))
  return isOffered ? toolSpecs.filter((spec) => spec.name === name) : []
}

/** The window that would be chosen for a model that is not loaded and was trained for any window. */
function assumedWindow(prepared: Prepared): number {
  const { request, skill } = prepared
  const workTokens = Math.ceil(workBytes(prepared) / firstCharsPerToken)
  return chooseWindow({ workTokens, needsTools: skill.tools.length > 0, asked: request.model?.numCtx }).window
}
