import * as z from 'zod'
import { isRecord } from '../../core/fits.ts'
import { plainSchema } from '../../core/plain-schema.ts'
import type { ToolSpec } from '../../core/model.ts'
import type { Think } from '../../engines/engine.ts'
import type { Ask } from './ask.ts'
import { settleHistory } from './history.ts'
import { invalid } from './refusal.ts'

/** How much one request may hold. */
export const limits = { messages: 1000, tools: 128 } as const

const work = z.strictObject({
  files: z.array(z.string()).max(1000).optional(),
  git_diff: z.boolean().optional(),
  base: z.string().optional(),
  vars: z.record(z.string(), z.string()).optional(),
})

/** `metadata` with the work of a skill in it, as JSON or as text with JSON in it. Other keys are the client's own. */
export const localBrain = z
  .looseObject({
    local_brain: z.preprocess((value) => (typeof value === 'string' ? asJson(value) : value), work).nullish(),
  })
  .nullish()

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Reads a body, or refuses it with the place of the first fault. */
export function parseWith<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  if (!isRecord(body)) throw invalid('The body has to be a JSON object')
  const read = schema.safeParse(body)
  if (read.success) return read.data
  const [{ path, message } = { path: [], message: '' }] = read.error.issues
  const place = placeOf(path)
  if (path.length > 0 && valueAt(body, path) === undefined) throw invalid(`${place} is missing`, place)
  const why = message === 'Invalid input' ? 'not understood' : message.replace(/^(?:Invalid|Too) \w+: /, '')
  throw invalid(`${place === '' ? 'The body' : place}: ${why}`, place)
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], body)
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at === 0 ? '' : '.'}${String(key)}`)).join('')
}

const names = /^[\w.:/-]{1,256}$/

/** Refuses tools that could not be told apart, or called. Their schemas become ones that every engine takes. */
export function checkTools(tools: readonly ToolSpec[]): ToolSpec[] {
  if (tools.length > limits.tools) throw invalid(`There are more than ${limits.tools} tools`, 'tools')
  const seen = new Set<string>()
  for (const [at, { name }] of tools.entries()) {
    if (!names.test(name)) throw invalid(`A tool can't be called ${JSON.stringify(name.slice(0, 60))}`, `tools[${at}]`)
    if (seen.has(name)) throw invalid(`Two tools are called "${name}"`, `tools[${at}]`)
    seen.add(name)
  }
  return tools.map((tool) => ({ ...tool, parameters: plainSchema(tool.parameters) }))
}

/** The request with its messages in order. Refuses what asks nothing, and the choice of a tool that is not there. */
export function settledAsk(ask: Ask): Ask {
  const { choice, tools, options } = ask
  const messages = settleHistory(ask.messages)
  if (messages.every(({ role }) => role === 'system')) throw invalid('Every message is empty', 'messages')
  if (typeof choice === 'object' && !tools.some(({ name }) => name === choice.name)) {
    throw invalid(`There is no tool "${choice.name}" to choose`, 'tool_choice')
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== null)
  return { ...ask, messages, format: ask.format && plainSchema(ask.format), options: Object.fromEntries(given) }
}

type Content = string | readonly Part[] | null | undefined

type Part = { type: string; [key: string]: unknown }

/** What no model here can look at or listen to. Other parts without text say nothing, and are left out. */
const unreadable = /image|audio|video|file|document/

/** The text of a message. Refuses what would be lost without a word. */
export function textOf(content: Content, place: string): string {
  return joined(content, (part, at) => partText(part, `${place}[${at}]`))
}

/**
 * What a tool of the client returned. A picture in it is named and not refused: it would be in every later request of the
 * conversation too, and the person did not put it there.
 */
export function resultText(content: Content): string {
  return joined(content, (part) =>
    isUnreadable(part)
      ? `[${part.type.slice(0, 60)}: not shown, since only text can be read here]`
      : partText(part, ''),
  )
}

export function partText(part: Part, place: string): string {
  if (isUnreadable(part)) throw invalid(`"${part.type}" is not understood: only text is`, place)
  return [part.text, part['refusal']].find((text) => typeof text === 'string') ?? ''
}

function isUnreadable({ text, type }: Part): boolean {
  return typeof text !== 'string' && unreadable.test(type)
}

function joined(content: Content, read: (part: Part, at: number) => string): string {
  if (content == null || typeof content === 'string') return content ?? ''
  return content
    .map(read)
    .filter((text) => text !== '')
    .join('\n')
}

/** Arguments of an earlier call: an object, or text with one in it. */
export function argumentsOf(args: unknown): Record<string, unknown> {
  const value = typeof args === 'string' ? asJson(args) : args
  return isRecord(value) ? value : {}
}

/** Each type once. */
export function typesOf(tools: readonly { type?: string | null | undefined }[]): string[] {
  return [...new Set(tools.map(({ type }) => type ?? ''))]
}

/** The texts that end an answer; one that says nothing ends none. */
export function stopsOf(stop: string | readonly string[] | null | undefined): string[] {
  return [stop ?? []].flat().filter((text) => text !== '')
}

export function thinkOf(effort: string | null | undefined): Think | undefined {
  if (effort === 'low' || effort === 'medium' || effort === 'high') return effort
  return effort === 'none' || effort === 'minimal' ? false : undefined
}
