import type { ServerResponse } from 'node:http'
import type { Delta } from '../scripted-ollama/events.ts'

/** Characters of the arguments of a call in one event. */
const pieceLength = 7

/** Writes the events of one streamed completion, each cut in two where it hurts most: inside a character or a word. */
export function createEventWriter(response: ServerResponse, model: string) {
  let isOpen = false
  const write = (bytes: string | Uint8Array) => {
    if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    if (!response.destroyed) response.write(bytes)
  }
  const event = (value: unknown) => {
    const bytes = Buffer.from(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`)
    const inside = bytes.findIndex((byte) => (byte & 0xc0) === 0x80)
    const middle = inside > 0 ? inside : bytes.length >> 1
    write(bytes.subarray(0, middle))
    write(bytes.subarray(middle))
  }
  const chunk = (delta: unknown, reason: string | null = null, rest: object = {}) => {
    const choices = [{ index: 0, delta, finish_reason: reason }]
    event({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model, choices, ...rest })
  }
  const open = () => {
    if (!isOpen) chunk({ role: 'assistant', content: null })
    isOpen = true
  }
  let isCall = false
  return {
    delta({ content, thinking, tool_calls: calls = [] }: Delta) {
      if (!content && !thinking && calls.length === 0) return
      open()
      if (thinking) chunk({ reasoning_content: thinking })
      if (content) chunk({ content })
      for (const [index, call] of calls.entries()) {
        isCall = true
        const { name, arguments: given } = call.function
        const at = call.function.index ?? index
        chunk({ tool_calls: [{ index: at, id: call.id, type: 'function', function: { name, arguments: '' } }] })
        // Without arguments there are no pieces of them.
        const text = Object.keys(given).length === 0 ? '' : JSON.stringify(given)
        for (let from = 0; from < text.length; from += pieceLength)
          chunk({ tool_calls: [{ index: at, function: { arguments: text.slice(from, from + pieceLength) } }] })
      }
    },
    done(reason: string, usage: object) {
      open()
      chunk({}, isCall && reason === 'stop' ? 'tool_calls' : reason)
      event({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model, choices: [], usage })
      event('[DONE]')
      response.end()
    },
    raw: write,
    /** With an error, or as if it had broken off. */
    end(error?: unknown) {
      if (error === undefined) open()
      else event(error)
      response.end()
    },
  }
}
