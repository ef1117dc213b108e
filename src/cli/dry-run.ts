import { escapeLine, escapeText, safeJson } from '../reporters/escape.ts'
import type { Prepared } from '../run/prepare.ts'
import { type Plan, planRun } from '../run/plan.ts'
import { writeErr, writeOut } from './output.ts'
import type { RunOptions } from './request.ts'

/** `--dry-run`: what would be sent, for a person or as `local-brain.plan/1`. */
export async function dryRun(prepared: Prepared, options: Pick<RunOptions, 'format'>): Promise<void> {
  const plan = await planRun(prepared)
  if (options.format === 'json') {
    for (const part of planJson(plan)) await writeOut(part)
    return
  }
  for (const warning of plan.warnings) await writeErr(`warning: ${escapeLine(warning)}\n`)
  for (const part of planText(plan)) await writeOut(part)
}

/** One document, a request a line: of a large tree it is too much for one string. */
function* planJson({ requests, ...plan }: Plan): Generator<string> {
  yield `${safeJson(plan, 0).slice(0, -1)},"requests":[`
  for (const [index, request] of requests.entries()) yield `${index === 0 ? '' : ','}\n${safeJson(request, 0)}`
  yield ']}\n'
}

function* planText(plan: Plan): Generator<string> {
  const total = plan.requests.reduce((sum, request) => sum + request.promptTokens, 0)
  const head = [
    `skill: ${plan.skill}`,
    `model: ${plan.model ?? 'chosen when the run starts'}`,
    `scope: ${plan.scope.kind}${plan.scope.base === null ? '' : ` since ${escapeLine(plan.scope.base)}`}`,
    `requests: ${plan.requests.length}, about ${total} tokens to read, nothing was sent`,
    ...plan.notReviewed.map((part) => `not reviewed: ${escapeLine(part.path)} (${escapeLine(part.reason)})`),
  ]
  yield `${head.join('\n')}\n`
  for (const [index, request] of plan.requests.entries()) yield `\n${requestText(request, index)}\n`
}

function requestText(request: Plan['requests'][number], index: number): string {
  const { label, promptTokens, messages, tools, options, format } = request
  const lines = [
    `--- request ${index + 1}: ${escapeLine(label)} (about ${promptTokens} tokens) ---`,
    `options: ${safeJson(options, 0)}`,
    `tools: ${tools.length === 0 ? 'none' : tools.map((tool) => tool.name).join(', ')}`,
    ...(format === null ? [] : [`format: ${safeJson(format, 0)}`]),
    ...messages.map((message) => `[${message.role}]\n${escapeText(message.content)}`),
  ]
  return lines.join('\n')
}
