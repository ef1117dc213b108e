import { escapeLine, escapeText, safeJson } from '../../text/escape.ts'
import type { Prepared } from '../../app/prepare.ts'
import { type Plan, type PlannedRequest, planRun } from '../../app/plan.ts'
import type { Shown } from './flags.ts'
import { isReaderGone, writeOut } from './output.ts'
import { writeAside } from './terminal.ts'

/** `--dry-run`: what would be sent, for a person or as `local-brain.plan/1`. Each request is written when it is ready. */
export async function dryRun(prepared: Prepared, { format }: Shown, beforeWriting: () => void): Promise<void> {
  const plan = planRun(prepared)
  for await (const part of format === 'json' ? planJson(plan) : planText(plan)) {
    beforeWriting()
    await writeOut(part)
    // Once the reader has gone away (`| head`), the rest is not even read.
    if (isReaderGone()) return
  }
}

/** One document, a request a line: of a large tree it is too much for one string. */
async function* planJson({ requests, ...plan }: Plan): AsyncGenerator<string> {
  const going = requests()
  let comma = ''
  // What is wrong with the skill or the input shows here, before anything is written.
  let next = await going.next()
  yield `${safeJson(plan, 0).slice(0, -1)},"requests":[`
  for (; !next.done; next = await going.next()) {
    yield `${comma}\n${safeJson(next.value, 0)}`
    comma = ','
  }
  yield `],${safeJson(next.value, 0).slice(1)}\n`
}

async function* planText({ requests, skill, model, scope }: Plan): AsyncGenerator<string> {
  const base = scope.base === null ? '' : ` since ${escapeLine(scope.base)}`
  const going = requests()
  let [count, total] = [0, 0]
  let next = await going.next()
  yield `skill: ${skill}\nmodel: ${model ?? 'chosen when the run starts'}\nscope: ${scope.kind}${base}\n`
  for (; !next.done; next = await going.next()) {
    count += 1
    total += next.value.promptTokens
    yield `\n${requestText(next.value, count)}\n`
  }
  const { notReviewed, warnings } = next.value
  yield `\nrequests: ${count}, about ${total} tokens to read, nothing was sent\n`
  for (const { path, reason } of notReviewed) yield `not reviewed: ${escapeLine(path)} (${escapeLine(reason)})\n`
  for (const warning of warnings) await writeAside('warning', escapeLine(warning))
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
