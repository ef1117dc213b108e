import type { ServerResponse } from 'node:http'
import type { ChatEvent, Delta } from './events.ts'
import { createLineWriter, type LineWriter, type Writes } from './line-writer.ts'
import type { ModelSpec } from './model-spec.ts'
import { goTime, omitEmpty, sendJson } from './wire.ts'

/** Nanoseconds and tokens of a turn before its first word. */
type Costs = { load: number; prompt: number; promptTokens: number }

export type Stage = {
  response: ServerResponse
  writes: Writes
  stream: boolean
  model: ModelSpec
  /** The model as the client spelled it. */
  name: string
  costs: Costs
}

type Done = Extract<ChatEvent, { type: 'done' }>

/** Puts the events of one reply on the wire, as NDJSON or gathered into one object. */
export async function streamReply(events: AsyncIterable<ChatEvent>, stage: Stage): Promise<void> {
  const writer = createLineWriter(stage.response, stage.writes)
  const gathered: Required<Delta> = { content: '', thinking: '', tool_calls: [] }
  for await (const event of events) {
    if (event.type === 'broken' && !stage.stream) {
      // Without a stream an answer that broke off looks whole but for its `done`.
      return sendJson(stage.response, 200, envelope(stage, gathered, undefined))
    }
    if (event.type !== 'delta' && event.type !== 'done') {
      if (!playFault(event, stage, writer)) return
      continue
    }
    const done = event.type === 'done' ? event : undefined
    if (stage.stream) {
      writer.line(envelope(stage, event.delta, done))
      continue
    }
    gathered.content += event.delta.content ?? ''
    gathered.thinking += event.delta.thinking ?? ''
    gathered.tool_calls.push(...(event.delta.tool_calls ?? []))
    if (done) return sendJson(stage.response, 200, envelope(stage, gathered, done))
  }
  // A client that left has nothing to read; a stream without its last object just ends.
  if (stage.response.destroyed) return
  if (stage.stream) writer.end()
}

/** False when nothing can follow. */
function playFault(event: Exclude<ChatEvent, { type: 'delta' | 'done' }>, stage: Stage, writer: LineWriter): boolean {
  const { response } = stage
  switch (event.type) {
    case 'flush':
      writer.flush()
      break
    case 'raw':
      writer.raw(event.bytes)
      break
    case 'broken':
      writer.end()
      break
    case 'reset':
      writer.flush()
      // Once what was written is out, so that the client has seen it.
      setImmediate(() => response.socket?.resetAndDestroy())
      break
    case 'redirect':
      response.writeHead(307, { Location: event.location }).end()
      break
    case 'error':
      playError(event, stage, writer)
      break
  }
  return event.type === 'flush' || event.type === 'raw'
}

function playError(
  { status, text }: { status: number; text: string },
  { response, stream }: Stage,
  writer: LineWriter,
) {
  if (!response.headersSent) {
    // The answer to a stream has lost its charset by now.
    return sendJson(response, status, { error: text }, stream ? 'application/json' : undefined)
  }
  writer.line({ error: text })
  writer.end()
}

/** One object of the reply, its keys in Go's order and its zero fields left out. */
function envelope({ model, name, costs }: Stage, delta: Delta, done: Done | undefined) {
  const { content = '', ...rest } = delta
  const output = done ? done.outputTokens * 25_000_000 : 0
  return {
    model: name,
    ...(model.remote && { remote_model: model.remote.model, remote_host: model.remote.host }),
    created_at: goTime(Date.now()),
    message: { role: 'assistant', content, ...omitEmpty({ thinking: rest.thinking, tool_calls: rest.tool_calls }) },
    done: done !== undefined,
    ...(done &&
      omitEmpty({
        done_reason: done.reason,
        total_duration: costs.load + costs.prompt + output,
        load_duration: costs.load,
        prompt_eval_count: done.promptTokens ?? costs.promptTokens,
        prompt_eval_duration: costs.prompt,
        eval_count: done.outputTokens,
        eval_duration: output,
      })),
  }
}
