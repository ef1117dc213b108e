import { type Measured, measure } from '../../../app/measure.ts'
import { fetchWeights } from '../../../engines/embedded/fetch-weights.ts'
import { installBinding, keep } from '../../../engines/embedded/set-up.ts'
import { tiny } from '../../../engines/embedded/tiny.ts'
import { LocalBrainError } from '../../../errors.ts'
import { createProgress } from '../progress.ts'
import type { Settings } from '../settings.ts'
import { createStatusLine } from '../status-line.ts'
import type { Present } from './look.ts'
import { type Plan, chosenModel } from './plan.ts'
import { createTransfer } from './transfer.ts'

type Context = {
  settings: Settings
  folder: string
  allowRemote: boolean
  signal: AbortSignal
}

/** The model that answers now, how well, and whose it is. */
export type Ready = { from: Present; model: string; measured: Measured }

/** Does what the plan says, and tries the model. What can't be run is not kept. */
export async function carryOut(plan: Plan, context: Context): Promise<Ready> {
  const { settings, signal } = context
  if (plan.how === 'use') return tried(plan.from, plan.model, context)
  if (plan.how === 'pull') {
    const { onTransfer, stop } = createTransfer(plan.model)
    try {
      await plan.from.engine.pull?.(plan.model, { signal, onTransfer })
    } catch (cause) {
      if (!signal.aborted) throw cause
      throw new LocalBrainError('interrupted', 'Interrupted; what came so far is kept', {
        hint: 'the same command goes on from there',
        cause,
      })
    } finally {
      stop()
    }
    return tried(plan.from, plan.model, context)
  }
  const { folder } = context
  const { install } = plan
  const place = { folder, environment: settings.environment, signal }
  if (install !== undefined) {
    await whileShown('installing node-llama-cpp, after', async () => installBinding(install, place))
  }
  const found = plan.weights ?? { name: 'tiny', file: await fetchTiny(context) }
  const takeBack = await keep(found, folder)
  return tried(plan.from, found.name, context).catch(async (error: unknown) => {
    await takeBack()
    throw error
  })
}

async function fetchTiny({ folder, settings, signal }: Context): Promise<string> {
  const { onTransfer, stop } = createTransfer('tiny')
  return fetchWeights(tiny, { folder, environment: settings.environment, signal, onTransfer }).finally(stop)
}

async function tried(from: Present, name: string, { allowRemote, signal, settings }: Context): Promise<Ready> {
  const info = await chosenModel(from, name, allowRemote, signal)
  const { emit, close } = await createProgress({ format: 'json' }, settings)
  const shown = (event: Parameters<typeof emit>[0]) => {
    // What it says does not matter, and setup says itself what a tiny model is for.
    if (event.type !== 'warning') emit(event.type === 'text' ? { type: 'data', text: event.text } : event)
  }
  try {
    return { from, model: info.name, measured: await measure(from.engine, info, { signal, emit: shown }) }
  } finally {
    await close()
  }
}

/** A line that says what the wait is for. */
async function whileShown<T>(words: string, act: () => Promise<T>): Promise<T> {
  const started = Date.now()
  const waiting = { note: () => undefined, text: () => words, elapsed: () => Date.now() - started }
  const status = createStatusLine(process.stderr, waiting, !process.stderr.isTTY)
  return act().finally(status.stop)
}
