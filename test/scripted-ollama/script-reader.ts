import type { ChatBody, WireMessage } from './chat-body.ts'
import type { ScriptedReply } from './reply.ts'

/** What a scripted answer may look at besides the request: its number from 0, and the messages left after truncation. */
type Turn = { index: number; shown: readonly WireMessage[] }

type Respond = (request: ChatBody, turn: Turn) => ScriptedReply

/** Replies in order, each fixed or made from its request; or one function for every request. */
export type ScriptSource = readonly (ScriptedReply | Respond)[] | Respond

/** The next reply; with a violation there was none left. */
export type Script = (request: ChatBody, shown: readonly WireMessage[]) => { reply: ScriptedReply; violation?: string }

export function createScript(source: ScriptSource): Script {
  let index = -1
  return (request, shown) => {
    index += 1
    const step = typeof source === 'function' ? source : source[index]
    if (step === undefined) {
      const violation = `the script has ${index} replies and none for ${describeRequest(request)}`
      return { reply: [], violation }
    }
    return { reply: typeof step === 'function' ? step(request, { index, shown }) : step }
  }
}

function describeRequest({ messages, tools, format }: ChatBody): string {
  const last = messages.at(-1)
  const offers = [tools?.length ? `${tools.length} tools` : '', format ? 'a format' : ''].filter(Boolean).join(' and ')
  const text = JSON.stringify(last?.content.slice(0, 200) ?? '')
  return `this request with ${messages.length} messages${offers && ` and ${offers}`}, the last by ${last?.role}: ${text}`
}
