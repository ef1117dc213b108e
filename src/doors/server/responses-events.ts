import type { Piece } from './ask.ts'
import { type EventWriter, type ReplyHead, comment, sse } from './dialect.ts'
import { openAiFailure } from './openai-failure.ts'
import { type OutputItem, callItem, pieceItem, responseOf, summaryPart, textPart } from './responses-object.ts'
import type { ResponsesBody } from './responses-request.ts'

type Send = (type: string, data: Record<string, unknown>) => string

/** A response as events: each item is added, grows and is done; then the whole response is told once more. */
export function responseEvents(head: ReplyHead, body: ResponsesBody): EventWriter {
  let number = -1
  const send: Send = (type, data) => {
    number += 1
    return sse({ type, sequence_number: number, ...data }, type)
  }
  const items = createItems(send, head.id)
  return {
    ping: comment,
    begin() {
      const response = responseOf(head, body, { output: [] })
      return send('response.created', { response }) + send('response.in_progress', { response })
    },
    piece: (piece) => items.piece(piece),
    end(end) {
      const said = items.close() + end.calls.map((one) => items.call(callItem(one, body))).join('')
      const type = end.reason === 'length' ? 'response.incomplete' : 'response.completed'
      return said + send(type, { response: responseOf(head, body, { output: items.done, end }) })
    },
    fail(refusal) {
      const { code, message, type } = openAiFailure(refusal).body.error
      const error = { code: code ?? type, message }
      return (
        items.close() + send('response.failed', { response: responseOf(head, body, { output: items.done, error }) })
      )
    },
  }
}

/** The items of a response, one after the other. */
function createItems(send: Send, id: string) {
  const done: OutputItem[] = []
  let open: Piece | undefined
  const key = () => `${id}_${done.length}`
  const close = () => {
    if (open === undefined) return ''
    const item = pieceItem(open, key())
    const text = closing(send, { piece: open, item, at: done.length })
    open = undefined
    done.push(item)
    return text
  }
  const begin = (type: Piece['type']) => {
    if (open?.type === type) return ''
    const before = close()
    open = { type, text: '' }
    return before + opening(send, { piece: open, item: pieceItem(open, key()), at: done.length })
  }
  return {
    done,
    close,
    piece({ type, text }: Piece) {
      const before = begin(type)
      if (open !== undefined) open.text += text
      const place = placeOf(pieceItem({ type, text: '' }, key()), done.length)
      return before + send(`${names[type]}.delta`, { ...place, delta: text, ...(type === 'text' && { logprobs: [] }) })
    },
    call(item: OutputItem) {
      const text = calling(send, item, done.length)
      done.push(item)
      return text
    },
  }
}

const names = { text: 'response.output_text', thinking: 'response.reasoning_summary_text' } as const

type Item = { piece: Piece; item: OutputItem; at: number }

function placeOf({ type, id }: OutputItem, at: number) {
  const index = type === 'reasoning' ? { summary_index: 0 } : { content_index: 0 }
  return { item_id: id, output_index: at, ...index }
}

function opening(send: Send, { piece, item, at }: Item): string {
  const empty = item.type === 'reasoning' ? { summary: [] } : { content: [] }
  const added = send('response.output_item.added', {
    output_index: at,
    item: { ...item, ...empty, status: 'in_progress' },
  })
  const [name, part] = partOf(piece.type, '')
  return added + send(`${name}.added`, { ...placeOf(item, at), part })
}

function closing(send: Send, { piece: { type, text }, item, at }: Item): string {
  const place = placeOf(item, at)
  const [name, part] = partOf(type, text)
  const done = send(`${names[type]}.done`, { ...place, text, ...(type === 'text' && { logprobs: [] }) })
  return done + send(`${name}.done`, { ...place, part }) + send('response.output_item.done', { output_index: at, item })
}

function partOf(type: Piece['type'], text: string) {
  if (type === 'text') return ['response.content_part', textPart(text)] as const
  return ['response.reasoning_summary_part', summaryPart(text)] as const
}

function calling(send: Send, item: OutputItem, at: number): string {
  const place = { item_id: item.id, output_index: at }
  const { name, arguments: args } = item
  return [
    send('response.output_item.added', { output_index: at, item: { ...item, arguments: '', status: 'in_progress' } }),
    send('response.function_call_arguments.delta', { ...place, delta: args }),
    send('response.function_call_arguments.done', { ...place, name, arguments: args }),
    send('response.output_item.done', { output_index: at, item }),
  ].join('')
}
