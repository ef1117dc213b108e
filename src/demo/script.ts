import type { ChatRequest } from '../core/model.ts'
import type { Line } from './engine.ts'
import { sampleBug } from './sample.ts'

const answer = `\`shipsForFree\` in \`src/cart.ts\` compares cents with euros.

- \`parsePrice\` in \`src/money.ts\` turns '12.50' into 1250, so \`cartTotal\` returns **cents**.
- \`freeShippingFrom\` is 50, meant as euros, and is compared with that sum.
- So every order from 50 cents on ships for free, and \`receipt\` never adds the shipping.

Write the limit in the same unit: \`${sampleBug.fix}\`.
`

const finding: Record<string, string> = {
  quote: sampleBug.quote,
  defect: 'wrong-result',
  title: 'Free shipping from 50 cents on instead of 50 euros',
  message:
    'cartTotal adds up what parsePrice returns, which is cents, but freeShippingFrom is meant in euros. The limit is a hundred times too low, so almost every order ships for free.',
  trigger: "A cart with one line at '0.60' has a total of 60, which is at least 50.",
  severity: 'high',
  suggestion: sampleBug.fix,
}

/** What the scripted model says of the sample: it answers what it is asked, in whatever order. */
export function answerDemo(request: ChatRequest): Line {
  if (request.format !== undefined) return answerAsJson(request, propertiesOf(request.format))
  const isOffered = (tool: string) => request.tools.some(({ name }) => name === tool)
  const used = request.messages.flatMap((message) => (message.role === 'tool' ? message.toolName : []))
  if (isOffered('read_file') && !used.includes('read_file')) {
    if (showsBug(request)) return { calls: [readFile(sampleBug.source)] }
    if (!isOffered('list_directory') || used.includes('list_directory')) {
      return { calls: [readFile(sampleBug.path), readFile(sampleBug.source)] }
    }
    return { calls: [{ name: 'list_directory', arguments: { path: 'src' } }] }
  }
  return { text: answer }
}

function readFile(path: string) {
  return { name: 'read_file', arguments: { path } }
}

/** Findings, or the verdict of the second look, with the fields that the format names. */
function answerAsJson(request: ChatRequest, properties: Record<string, unknown>): Line {
  const values: Record<string, unknown> = {
    analysis: showsBug(request)
      ? 'The sum is compared with a limit. parsePrice counts cents, freeShippingFrom counts euros.'
      : 'Nothing here can go wrong in a way that the code shows.',
    findings: showsBug(request) ? [fill(itemProperties(properties.findings), finding)] : [],
    evidence: sampleBug.evidence,
    verdict: 'real',
  }
  return { text: JSON.stringify(fill(properties, values)) }
}

function showsBug({ messages }: ChatRequest): boolean {
  return messages.some(({ role, content }) => role === 'user' && content.includes(sampleBug.quote))
}

function fill(properties: Record<string, unknown>, values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.keys(properties).map((name) => [name, values[name] ?? '']))
}

function propertiesOf(schema: unknown): Record<string, unknown> {
  return (schema as { properties?: Record<string, unknown> }).properties ?? {}
}

function itemProperties(schema: unknown): Record<string, unknown> {
  return propertiesOf((schema as { items?: unknown } | undefined)?.items ?? {})
}
