import * as z from 'zod'
import { asData } from '../core/events.ts'
import { toJsonSchema } from '../core/json-schema.ts'
import type { JsonSchema, Message } from '../core/model.ts'
import { plainSchema } from '../core/plain-schema.ts'
import { reasonFor } from '../core/stop.ts'
import { addUsage } from '../core/usage.ts'
import { LocalBrainError } from '../errors.ts'
import type { Skill } from '../skills/skill.ts'
import { fields } from './fields.ts'
import type { Job, JobResult, Task, TaskContext } from './task.ts'
import { nothingRead } from './unfounded.ts'

/** Tokens of an answer of the person's shape. */
const maxTokens = 2048

/**
 * An answer that is JSON of a shape that the person gives. A skill with tools looks first, in a conversation of its own;
 * what came of it is then asked for in that shape. Throws LocalBrainError('usage') for an invalid shape.
 */
export function shaped(shape: string, { tools }: Pick<Skill, 'tools'>): Task {
  const schema = readShape(shape)
  const task = fields(schema, maxTokens, formatOf(schema))
  if (tools.length === 0) return task
  return { ...task, format: null, offersTools: true, run: (job, context) => lookThenTell(task, job, context) }
}

/** What a server can hold a reply to; the rest of the shape is checked when the reply is there. */
function formatOf(schema: z.ZodType): JsonSchema {
  const whole = toJsonSchema(schema)
  if (whole.type !== undefined && whole.type !== 'object') {
    throw new LocalBrainError(
      'usage',
      `--schema is of type ${JSON.stringify(whole.type)}, and an answer is an object`,
      {
        hint: 'put it into a property: {"type": "object", "properties": {"answer": …}, "required": ["answer"]}',
      },
    )
  }
  // What refers to itself has no plain form.
  return JSON.stringify(whole).includes('"$ref"') ? whole : plainSchema(whole)
}

async function lookThenTell(task: Task, job: Job, context: TaskContext): Promise<JobResult> {
  const { createConversation } = await import('../core/conversation.ts')
  // What it says while it looks is no answer yet.
  const conversation = createConversation({ ...context, emit: asData(context.emit) })
  const looked = await conversation.send(await job.messages(), { ...context, maxTokens })
  const { toolCalls, turns, usage, warnings } = looked
  if (looked.stop !== 'answered') {
    const stop = looked.stop === 'calls' ? 'unusable' : looked.stop
    return { job, ok: false, stop, text: '', turns, usage, toolCalls, warnings, problem: reasonFor(stop) }
  }
  const question: Message = {
    role: 'user',
    content: `Give this answer as JSON of the following shape, and nothing else:\n${JSON.stringify(task.format)}`,
  }
  const messages = [...conversation.messages, question]
  const told = await task.run({ ...job, messages: () => Promise.resolve(messages) }, context)
  return {
    ...told,
    job,
    toolCalls,
    turns: turns + told.turns,
    usage: addUsage(usage, told.usage),
    warnings: [...warnings, ...told.warnings, ...(inventsIn(told.text, job, messages) ? nothingRead(toolCalls) : [])],
  }
}

/** Whether the answer holds texts or numbers that stand neither in the question nor in the shape. */
function inventsIn(answer: string, { units }: Job, messages: readonly Message[]): boolean {
  if (answer === '' || units.length > 0) return false
  const asked = messages
    .filter(({ role }) => role === 'user')
    .map(({ content }) => content.toLowerCase())
    .join('\n')
  return leavesOf(JSON.parse(answer)).some((leaf) => leaf !== '' && leaf !== '0' && !asked.includes(leaf.toLowerCase()))
}

/** The texts and numbers in a value. */
function leavesOf(value: unknown): string[] {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : []
}

/** JSON Schema as JSON, or the short form: `name, age int, tags: what it is about`. */
function readShape(shape: string): z.ZodType {
  const text = shape.trim()
  try {
    const schema: unknown = text.startsWith('{') ? JSON.parse(text) : undefined
    if (schema !== undefined) return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
  } catch (cause) {
    throw new LocalBrainError('usage', `--schema is not a JSON Schema: ${(cause as Error).message}`, {
      hint: "--schema 'name, age int', or a file with a JSON Schema",
      cause,
    })
  }
  return z.fromJSONSchema(readShortForm(text))
}

const types: Readonly<Record<string, string>> = {
  str: 'string',
  text: 'string',
  string: 'string',
  int: 'integer',
  integer: 'integer',
  float: 'number',
  number: 'number',
  bool: 'boolean',
  boolean: 'boolean',
}

/** `name [type][: description]`, separated by commas or lines; without a type it is text. */
function readShortForm(text: string): JsonSchema {
  const parts = text.split(/[,\n]/).map((part) => part.trim())
  const properties = parts.filter((part) => part !== '').map(readField)
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: properties.map(([name]) => name),
    additionalProperties: false,
  }
}

function readField(field: string): [name: string, schema: JsonSchema] {
  const [, name = '', type = 'string', description] = /^(\w+)(?:\s+(\w+))?\s*(?::\s*(.+))?$/.exec(field) ?? []
  const known = Object.hasOwn(types, type) ? types[type] : undefined
  if (name === '' || known === undefined) {
    throw new LocalBrainError('usage', `--schema: "${field}" is not a name and a type`, {
      hint: "--schema 'name, age int, price float, paid bool', or a file with a JSON Schema",
    })
  }
  return [name, { type: known, description }]
}
