import * as z from 'zod'
import { askFor } from '../core/ask-for.ts'
import type { Emit } from '../core/events.ts'
import type { Message, Model, ToolCalling, ToolSpec } from '../core/model.ts'
import { addUsage } from '../core/usage.ts'
import type { Engine, ModelInfo } from '../engines/engine.ts'

/** What a model did when it was tried. Speeds are tokens a second. */
export type Measured = { tools: ToolCalling; isStructured: boolean; read: number; written: number }

type Context = { signal: AbortSignal; emit: Emit }

const tool: ToolSpec = {
  name: 'read_file',
  description: 'Reads a file of this folder and gives its text.',
  parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
}

const review = z.object({
  findings: z.array(z.object({ line: z.int().min(1).max(99), title: z.string().max(80) })).max(3),
})

/** As large as a usual request, so that the window is the one that a run would load. */
const workBytes = 6000

/** One tool call, and one structured reply to a prompt that takes a while to read. Rejects as `Model.chat` does. */
export async function measure(engine: Engine, info: ModelInfo, context: Context): Promise<Measured> {
  const model = await engine.open(info, { workBytes, needsTools: true, options: { temperature: 0 } }, context)
  // Whatever the server still has of an earlier time must not count as read now.
  const mark = Date.now().toString(36)
  context.emit({ type: 'turn_start', turn: 1 })
  const called = await callTool(model, mark, context)
  context.emit({ type: 'turn_start', turn: 2 })
  const { value, usage } = await askFor(review, [{ role: 'user', content: question(mark) }], {
    ...context,
    model,
    maxTokens: 200,
  })
  const all = addUsage(usage, called.usage)
  return {
    tools: called.tools,
    isStructured: value !== null,
    read: rate(usage.promptTokens, usage.promptMs),
    written: rate(all.outputTokens, all.outputMs),
  }
}

async function callTool(model: Model, mark: string, context: Context) {
  const messages: Message[] = [
    { role: 'system', content: `${mark}: You answer questions about files with the tools that you have.` },
    { role: 'user', content: 'What is in the file notes.txt? Read it first.' },
  ]
  const { message, usage } = await model.chat({ messages, tools: [tool], maxTokens: 100 }, context)
  const [call] = message.toolCalls
  if (call === undefined) return { tools: 'none' as const, usage }
  const { toolCalling } = model
  return { tools: call.recovered && toolCalling === 'native' ? ('recovered' as const) : toolCalling, usage }
}

function question(mark: string): string {
  const lines = Array.from(
    { length: 40 },
    (_, at) => `${at + 1}: export const limit${at} = base * ${at} + offset(${at})`,
  )
  return `${mark}: Which lines of this file look wrong? Name at most three of them, as JSON.\n\n${lines.join('\n')}`
}

function rate(tokens: number, ms: number): number {
  return (1000 * Math.max(1, tokens)) / Math.max(1, ms)
}
