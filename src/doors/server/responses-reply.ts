import type { Answered } from './ask.ts'
import type { Dialect, ReplyHead } from './dialect.ts'
import { openAiFailure } from './openai-failure.ts'
import { responseEvents } from './responses-events.ts'
import { type OutputItem, callItem, pieceItem, responseOf } from './responses-object.ts'
import { type ResponsesBody, parseResponses } from './responses-request.ts'

/** OpenAI's responses, without a memory. */
export const responses: Dialect<ResponsesBody> = {
  name: 'responses',
  parse: parseResponses,
  whole: wholeResponse,
  events: responseEvents,
  failure: openAiFailure,
}

function wholeResponse(head: ReplyHead, answered: Answered, body: ResponsesBody) {
  const { pieces, calls } = answered
  const texts = pieces.map((piece, at) => pieceItem(piece, `${head.id}_${at}`))
  const output: OutputItem[] = [...texts, ...calls.map((call) => callItem(call, body))]
  return responseOf(head, body, { output, end: answered })
}
