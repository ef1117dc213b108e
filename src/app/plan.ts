import { estimatedCapacity, firstCharsPerToken } from '../core/estimate.ts'
import { includes } from '../core/permission.ts'
import type { JsonSchema, Message, ToolSpec } from '../core/model.ts'
import { chooseWindow } from '../engines/window.ts'
import { withGap } from '../report/coverage.ts'
import type { Report } from '../report/report.ts'
import { type Job, jobLabel, planJobs, workBytes } from '../tasks/jobs.ts'
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
  units: { path: string; startLine: number; endLine: number; kind: string; tokens: number }[]
  /** Rendered one at a time: all of them together take several times the memory of the input. */
  requests: () => AsyncGenerator<PlannedRequest>
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
export async function planRun(prepared: Prepared): Promise<Plan> {
  const { request, session, skill, task, gathered, options } = prepared
  const capacity = estimatedCapacity(assumedWindow(prepared))
  const planned = prepared.nothing === undefined ? await planJobs(prepared, capacity) : { jobs: [], notReviewed: [] }
  const offered = task.offersTools ? skill.tools.flatMap((name) => offeredSpecs(name, session)) : []
  const plan: Omit<Plan, 'requests'> = {
    schema: 'local-brain.plan/1',
    skill: skill.name,
    model: request.model?.name ?? skill.model[0] ?? request.model?.configured ?? null,
    scope: { ...gathered.scope, root: prepared.root },
    units: planned.jobs.flatMap(({ units }) =>
      units.map(({ path, startLine, endLine, kind, text }) => {
        return { path, startLine, endLine, kind, tokens: Math.ceil(text.length / firstCharsPerToken) }
      }),
    ),
    notReviewed: [...gathered.skipped.map(withGap), ...planned.notReviewed.map((part) => ({ ...part, gap: true }))],
    warnings: [
      ...skill.warnings,
      ...session.warnings,
      ...gathered.warnings,
      ...(prepared.nothing === undefined ? [] : [prepared.nothing]),
    ],
  }
  return {
    // guard: plan-secrets
    ...redactAll(plan),
    async *requests() {
      const engine = await session.engine()
      const { format, maxTokens } = task
      const render = async (job: Job, tools: typeof offered) => {
        const outline = engine.render({ tools, format, maxTokens, window: capacity.window, options })
        const messages = await job.messages()
        const promptTokens = capacity.tokens(messages, outline.tools)
        // guard: request-secrets
        return redactAll({ messages, ...outline, promptTokens })
      }
      for (const job of planned.jobs) yield { label: redactSecrets(jobLabel(job)), ...(await render(job, offered)) }
      for (const job of task.closings(planned.jobs, skill, capacity)) {
        yield { label: 'the answers, combined', ...(await render(job, [])) }
      }
    },
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
