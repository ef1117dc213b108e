import { escapeLine, escapeText, safeJson } from '../../text/escape.ts'
import type { Prepared } from '../../app/prepare.ts'
import { type Plan, type PlannedRequest, planRun } from '../../app/plan.ts'
import type { Shown } from './flags.ts'
import { writeErr, writeOut } from './output.ts'

/** `--dry-run`: what would be sent, for a person or as `local-brain.plan/1`. */
export async function dryRun(prepared: Prepared, { format }: Shown): Promise<void> {
  const plan = await planRun(prepared)
  const isJson = format === 'json'
  if (!isJson) for (const warning of plan.warnings) await writeErr(`warning: ${escapeLine(warning)}\n`)
  for await (const part of isJson ? planJson(plan) : planText(plan)) await writeOut(part)
}

/** One document, a request a line: of a large tree it is too much for one string. */
async function* planJson({ requests, ...plan }: Plan): AsyncGenerator<string> {
  yield `${safeJson(plan, 0).slice(0, -1)},"requests":[`
  let comma = ''
  for await (const request of requests()) {
    yield `${comma}\n${safeJson(request, 0)}`
    comma = ','
  }
  yield ']}\n'
}

async function* planText(plan: Plan): AsyncGenerator<string> {
  let [count, total] = [0, 0]
  for await (const { promptTokens } of plan.requests()) {
    count += 1
    total += promptTokens
  }
  const head = [
    `skill: ${plan.skill}`,
    `model: ${plan.model ?? 'chosen when the run starts'}`,
    `scope: ${plan.scope.kind}${plan.scope.base === null ? '' : ` since ${escapeLine(plan.scope.base)}`}`,
    `requests: ${count}, about ${total} tokens to read, nothing was sent`,
  ]
  yield `${head.join('\n')}\n`
  for (const { path, reason } of plan.notReviewed) yield `not reviewed: ${escapeLine(path)} (${escapeLine(reason)})\n`
  let index = 0
  for await (const request of plan.requests()) yield `\n${requestText(request, (index += 1))}\n`
}

function requestText(request: PlannedRequest, number: number): string {
  const { label, promptTokens, messages, tools, options, format } = request
  const lines = [
    `--- request ${number}: ${escapeLine(label)} (about ${promptTokens} tokens) ---`,
    `options: ${safeJson(options, 0)}`,
    `tools: ${tools.length === 0 ? 'none' : tools.map((tool) => tool.name).join(', ')}`,
    ...(format === null ? [] : [`format: ${safeJson(format, 0)}`]),
    ...messages.map((message) => `[${message.role}]\n${escapeText(message.content)}`),
  ]
  return lines.join('\n')
}
