// Runs one model in a process of its own, so that whoever started it can end it at any moment: that is the parent of the
// embedded engine (src/engines/embedded/runner.ts). It is told where the installed binding lies and which weights to
// read, opens no connection and writes nothing. It ends when its parent does.
import { availableParallelism } from 'node:os'

process.on('disconnect', () => process.exit(0))

/** Its threads wait for each other in a loop, so that one too many costs more than it gives. */
const threads = Math.max(1, Math.floor(availableParallelism() / 2))

const state = {
  llama: undefined,
  model: undefined,
  context: undefined,
  chat: undefined,
  sequence: undefined,
  window: 0,
}
/** Requests under way or waiting, by their number. */
const running = new Map()
/** One after the other: there is one sequence. */
let last = Promise.resolve()

const orders = { load, open, chat, abort }

process.on('message', (order) => {
  const { type, id } = order
  const done = type === 'abort' ? Promise.resolve(abort(order)) : (last = last.then(() => orders[type](order)))
  last = last.catch(() => undefined)
  done.then(
    (result) => type === 'abort' || process.send({ id, ...result }),
    (error) => process.send({ id, failed: kindOf(error), text: String(error?.message ?? error), ...error?.sizes }),
  )
})

async function load({ binding, file }) {
  const { getLlama, LlamaChat, LlamaLogLevel } = await import(binding)
  state.LlamaChat = LlamaChat
  state.llama = await getLlama({ build: 'never', logLevel: LlamaLogLevel.disabled, progressLogs: false })
  state.model = await state.llama.loadModel({ modelPath: file })
  return { trained: state.model.trainContextSize }
}

async function open({ window }) {
  await state.context?.dispose()
  const context = await state.model.createContext({ contextSize: window, sequences: 1, threads })
  state.context = context
  state.sequence = context.getSequence()
  state.chat = new state.LlamaChat({ contextSequence: state.sequence })
  state.window = context.contextSize
  return { window: state.window }
}

async function chat({ id, messages, format, maxTokens, temperature, seed }) {
  const controller = running.get(id) ?? new AbortController()
  running.set(id, controller)
  try {
    controller.signal.throwIfAborted()
    const history = messages.map(asItem)
    const promptTokens = countTokens(history)
    // Nothing is ever shifted out of the window in silence.
    if (promptTokens >= state.window - 4)
      throw Object.assign(new Error('too long'), { sizes: { promptTokens, numCtx: state.window } })
    const started = performance.now()
    let firstAt = 0
    const metered = state.sequence.tokenMeter.getState()
    const { metadata } = await state.chat.generateResponse([...history, { type: 'model', response: [] }], {
      maxTokens: Math.min(maxTokens, state.window - promptTokens - 2),
      temperature,
      seed,
      signal: controller.signal,
      grammar: format && (await grammarFor(format)),
      budgets: format === undefined ? undefined : { thoughtTokens: 0 },
      onResponseChunk(chunk) {
        firstAt ||= performance.now()
        process.send({ id, [chunk.type === 'segment' ? 'thinking' : 'content']: chunk.text })
      },
    })
    const { usedOutputTokens } = state.sequence.tokenMeter.diff(metered)
    const promptMs = (firstAt || performance.now()) - started
    return {
      reason: metadata.stopReason === 'maxTokens' ? 'length' : 'stop',
      promptTokens,
      outputTokens: usedOutputTokens,
      promptMs,
      outputMs: performance.now() - started - promptMs,
    }
  } finally {
    running.delete(id)
  }
}

function abort({ id }) {
  const controller = running.get(id) ?? new AbortController()
  running.set(id, controller)
  controller.abort()
}

function asItem({ role, content }) {
  if (role === 'assistant') return { type: 'model', response: [content] }
  return { type: role === 'system' ? 'system' : 'user', text: content }
}

function countTokens(history) {
  const chatHistory = [...history, { type: 'model', response: [] }]
  const { contextText } = state.chat.chatWrapper.generateContextState({ chatHistory })
  return contextText.tokenize(state.model.tokenizer).length
}

/** A schema that the grammar can't express still gives JSON. */
async function grammarFor(format) {
  try {
    return await state.llama.createGrammarForJsonSchema(format)
  } catch {
    return state.llama.getGrammarFor('json')
  }
}

function kindOf(error) {
  if (error?.sizes) return 'overflow'
  if (error?.name === 'AbortError') return 'aborted'
  const text = String(error?.message ?? error)
  if (/memory|alloc/i.test(text)) return 'out-of-memory'
  return state.chat === undefined ? 'load-failed' : 'server-failed'
}
