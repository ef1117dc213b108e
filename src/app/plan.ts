import { estimateTokens } from '../core/estimate.ts'
import type { JsonSchema, Message, ModelWindow, ToolSpec } from '../core/model.ts'
import { chooseWindow } from '../engines/ollama/window.ts'
import { firstCharsPerToken } from '../core/estimate.ts'
import { reviewTokens } from '../tasks/findings/reply-limits.ts'
import { reviewFormat } from '../tasks/findings/review-format.built.ts'
import { toolSpecs } from '../tools/specs.built.ts'
import type { Report } from '../report/report.ts'
import { withGap } from './coverage.ts'
import { planJobs, workChars } from './jobs.ts'
import { jobLabel } from './work.ts'
import { answerTokens, modelOptions } from './options.ts'
import type { Prepared } from './prepare.ts'

/** What a run would send, before anything is sent (`local-brain.plan/1`). */
export type Plan = {
  schema: 'local-brain.plan/1'
  skill: string
  /** Null: chosen among what is installed when the run starts. */
  model: string | null
  scope: Report['scope']
  units: { path: string; startLine: number; endLine: number; kind: string; tokens: number }[]
  /** One at a time: together they take a multiple of the work. */
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
  /** An estimate: the tokens of a model are only known after its first reply. */
  promptTokens: number
}

function replyTokens({ output }: Prepared['skill']): number {
  return output === 'findings' ? reviewTokens : answerTokens
}

/** The tools that the first request offers: findings are asked for without any. */
function offeredTools({ output, tools }: Prepared['skill']): ToolSpec[] {
  if (output === 'findings') return []
  return tools.flatMap((name) => toolSpecs.filter((spec) => spec.name === name))
}

/** Without a server: what would be chosen for a model that is not loaded and was trained for any window. */
function assumedWindow({ request, skill, input }: Prepared): ModelWindow {
  const asked = request.model?.numCtx
  const workTokens = Math.ceil(workChars(skill, input.gathered) / firstCharsPerToken)
  const wish = { workTokens, needsTools: skill.tools.length > 0, ...(asked === undefined ? {} : { asked }) }
  return { numCtx: chooseWindow(wish).numCtx, charsPerToken: firstCharsPerToken }
}

/** The first request of every conversation. Contacts nothing, so the window is what was asked for or a usual one. */
export async function planRun(prepared: Prepared): Promise<Plan> {
  const { request, skill, input } = prepared
  const window = assumedWindow(prepared)
  const planned = prepared.nothing === undefined ? await planJobs(input, window) : { jobs: [], notReviewed: [] }
  const specs = offeredTools(skill)
  const format = skill.output === 'findings' ? reviewFormat : null
  const tokens = (text: string) => Math.ceil(text.length / window.charsPerToken)
  return {
    schema: 'local-brain.plan/1',
    skill: skill.name,
    model: request.model?.name ?? skill.model[0] ?? request.model?.configured ?? null,
    scope: { ...input.gathered.scope, root: prepared.root },
    units: planned.jobs.flatMap(({ units }) =>
      units.map((unit) => ({
        path: unit.path,
        startLine: unit.startLine,
        endLine: unit.endLine,
        kind: unit.kind,
        tokens: tokens(unit.text),
      })),
    ),
    async *requests() {
      const options = { ...modelOptions(prepared), num_ctx: window.numCtx, num_predict: replyTokens(skill) }
      for (const job of planned.jobs) {
        const messages = await job.messages()
        const promptTokens = estimateTokens(messages, specs, window.charsPerToken)
        yield { label: jobLabel(job), messages, tools: specs, format, options, promptTokens }
      }
    },
    notReviewed: [
      ...input.gathered.skipped.map(withGap),
      ...planned.notReviewed.map((part) => ({ ...part, gap: true })),
    ],
    warnings: [
      ...skill.warnings,
      ...input.gathered.warnings,
      ...(prepared.nothing === undefined ? [] : [prepared.nothing]),
    ],
  }
}
