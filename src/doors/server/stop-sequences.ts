import type { AssistantMessage, ChatContext, ChatRequest, Model, Reply } from '../../core/model.ts'

export type Stopping = {
  model: Model
  /** The sequence that ended the last reply, if one did. */
  found(): string | undefined
}

/**
 * The model, whose replies end where one of these texts begins. Engines do that too, but do not say which text it was, and
 * some end what the model thinks by them.
 */
export function stoppingAt(model: Model, sequences: readonly string[]): Stopping {
  if (sequences.length === 0) return { model, found: () => undefined }
  let found: string | undefined
  const chat: Model['chat'] = async (request, context) => {
    const enough = new AbortController()
    const text = watchText(sequences, (piece) => context.emit({ type: 'text', text: piece }))
    const emit: ChatContext['emit'] = (event) => {
      if (event.type === 'retry' || event.type === 'withdrawn') text.forget()
      if (event.type !== 'text') context.emit(event)
      else if (text.add(event.text) !== undefined) enough.abort()
    }
    const signal = AbortSignal.any([context.signal, enough.signal])
    const whole = await model.chat(request, { signal, emit }).catch((error: unknown) => {
      if (text.found() === undefined || context.signal.aborted) throw error
      return undefined
    })
    found = text.found()
    if (found !== undefined) return cutReply(model, request, { text: text.said(), whole })
    text.end()
    return whole as Reply
  }
  return { model: Object.assign(Object.create(model) as Model, { chat }), found: () => found }
}

/** Passes text on, up to the first of the sequences. What may be the beginning of one is kept back. */
function watchText(sequences: readonly string[], pass: (text: string) => void) {
  let [said, kept] = ['', '']
  let found: string | undefined
  const say = (text: string) => {
    said += text
    if (text !== '') pass(text)
  }
  return {
    found: () => found,
    said: () => said,
    add(text: string): string | undefined {
      if (found !== undefined) return found
      kept += text
      const [first] = sequences
        .map((sequence) => ({ sequence, at: kept.indexOf(sequence) }))
        .filter(({ at }) => at >= 0)
        .sort((a, b) => a.at - b.at)
      found = first?.sequence
      const end = first?.at ?? kept.length - beginningAtEnd(kept, sequences)
      say(kept.slice(0, end))
      kept = kept.slice(end)
      return found
    },
    end() {
      say(kept)
      kept = ''
    },
    forget() {
      ;[said, kept, found] = ['', '', undefined]
    },
  }
}

/** Characters at the end of the text that a sequence begins with. */
function beginningAtEnd(text: string, sequences: readonly string[]): number {
  const lengths = sequences.map((sequence) => {
    let length = Math.min(sequence.length - 1, text.length)
    while (length > 0 && !text.endsWith(sequence.slice(0, length))) length -= 1
    return length
  })
  return Math.max(0, ...lengths)
}

type Cut = { text: string; whole: Reply | undefined }

/** An engine that is stopped does not say what it has spent, so that its tokens are estimated. */
function cutReply(model: Model, { messages, tools }: ChatRequest, { text: content, whole }: Cut): Reply {
  const message: AssistantMessage = { role: 'assistant', content, toolCalls: [] }
  const times = { loadMs: 0, promptMs: 0, outputMs: 0, modelCalls: 1 }
  const tokens = { promptTokens: model.tokens(messages, tools), outputTokens: model.tokens([message], []) }
  return { message, outcome: 'answer', usage: whole?.usage ?? { ...times, ...tokens }, warnings: [] }
}
