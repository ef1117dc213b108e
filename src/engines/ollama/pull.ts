import { LocalBrainError } from '../../errors.ts'
import type { PullContext } from '../engine.ts'
import { openBody } from '../http/head.ts'
import { readLines } from '../http/ndjson.ts'
import { defaultBudgets } from '../http/link.ts'
import { type TransportOptions, createTransport } from '../http/transport.ts'
import { assertLocalModel, isCloudName } from '../locality.ts'
import { refusal, wireError } from './wire-error.ts'

/** While the server checks the sum of what it has downloaded, it says nothing. */
const idleMs = 900_000
const maxLineBytes = 64 * 1024
const maxLayers = 1000

type Where = Pick<TransportOptions<unknown>, 'url' | 'refusePeer'>

/** Lets the server download a model. It keeps what it has when we leave, and goes on from there the next time. */
export async function pullModel(name: string, where: Where, { signal, onTransfer }: PullContext): Promise<void> {
  if (isCloudName(name)) assertLocalModel({ name, isLocal: false, remoteHost: 'ollama.com' }, false)
  const asked = { url: where.url, model: name }
  const refuse = (text: string) => wireError({ kind: 'broken', text }, asked)
  const transport = createTransport({
    ...where,
    budgets: { ...defaultBudgets, idleMs },
    protocol: {
      fail: wireError,
      read: async (response, reading) => {
        const { chunks } = await openBody(response, reading, {
          types: /^application\/(x-nd)?json\b/i,
          refuse: (status, body) => refusal(status, body, reading.asked),
        })
        return readLines(chunks, maxLineBytes, refuse)
      },
    },
  })
  try {
    await transport.exchange({ signal, model: name }, async (send) => {
      const lines = await send(`${where.url}/api/pull`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ model: name, stream: true }),
      })
      const layers = new Map<string, { done: number; total: number }>()
      for await (const { value } of lines) {
        if (typeof value['error'] === 'string') throw failed(name, value['error'], asked)
        note(value, layers, onTransfer)
        if (layers.size > maxLayers) throw refuse('it never ends')
        if (value['status'] === 'success') return
      }
      throw refuse('it ended before it was done')
    })
  } finally {
    transport.close()
  }
}

/** A model consists of several files, which come one after the other. */
function note(
  { digest, total, completed = 0 }: Record<string, unknown>,
  layers: Map<string, { done: number; total: number }>,
  onTransfer: PullContext['onTransfer'],
): void {
  if (typeof digest !== 'string' || typeof total !== 'number' || typeof completed !== 'number') return
  layers.set(digest, { done: completed, total })
  const sum = (key: 'done' | 'total') => [...layers.values()].reduce((all, layer) => all + layer[key], 0)
  onTransfer(sum('done'), sum('total'))
}

function failed(name: string, text: string, asked: { url: string; model: string }): LocalBrainError {
  if (!/file does not exist|not found/i.test(text)) return refusal(200, text, asked)
  return new LocalBrainError('model-missing', `Ollama's library has no model "${name}"`, {
    hint: 'look it up: https://ollama.com/library',
  })
}
