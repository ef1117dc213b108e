/**
 * The protocol against the embedded engine as `setup` has installed it, never the quality of a model: the tiny one, or the
 * first that was set up. It prints what it saw as a table (docs/engines.md has one).
 */
import { homedir } from 'node:os'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Message, ModelEvent } from '../../src/core/model.ts'
import { findEngine } from '../../src/engines/find.ts'
import { isError } from '../../src/errors.ts'
import { storePaths } from '../../src/store/paths.ts'
import { createStore } from '../../src/store/store.ts'
import { history, short, structured, tool, user, words } from './questions.ts'

const alone = (signal = new AbortController().signal) => ({ signal, emit: (_event: ModelEvent) => undefined })
const engine = await findEngine({
  kind: 'embedded',
  paths: storePaths(process.env, homedir()),
  store: createStore('/nonexistent'),
})
const models = await engine.list(alone().signal)
const found = models.find(({ name }) => name === 'tiny') ?? models[0]
const window = 2048
const rows: string[] = []
let seen: string[] = []
const saw = (text: string) => seen.push(text)

const connect = async () => {
  if (found === undefined) throw new Error('no model')
  const options = { temperature: 0, seed: 1 }
  return engine.open(found, { workBytes: 1000, needsTools: true, window, options }, alone())
}

beforeEach(() => {
  seen = []
})

/** One row of the table, also for what did not hold. */
afterEach(({ task }) => {
  rows.push(`| ${task.name} | ${task.result?.state === 'fail' ? 'NO' : 'yes'} | ${seen.join('; ')} |`)
})

afterAll(() => {
  engine.close()
  if (found === undefined) return
  console.log([`embedded, ${found.name}`, '', '| what | held | seen |', '|---|---|---|', ...rows].join('\n'))
})

const skipped = found === undefined ? ' (skipped: nothing was set up; local-brain setup --engine embedded --yes)' : ''

describe.skipIf(skipped !== '')(`the embedded engine${skipped}`, () => {
  test('the window is the one that was asked for', async () => {
    const model = await connect()
    saw(`${model.window} tokens`)
    expect(model.window).toBe(window)
  })

  test('the weights are read once in a run', async () => {
    const messages: Message[] = [user('Say yes.')]
    const loads: number[] = []
    for (let turn = 1; turn <= 3; turn += 1) {
      const { message, usage } = await (await connect()).chat({ ...short, messages }, alone())
      loads.push(usage.loadMs)
      messages.push(message, user(`Say yes again, for the ${turn}. time.`))
    }
    saw(`load durations ${loads.join(', ')} ms`)
    expect(loads[0]).toBeGreaterThan(0)
    expect(loads.slice(1)).toEqual([0, 0])
  })

  test('a prompt that is too long is refused, not cut', async () => {
    const model = await connect()
    const refused: unknown = await model
      .chat({ ...short, messages: [user(words(window, 1))] }, alone())
      .catch((error: unknown) => error)
    saw(`"${(refused as Error).message}"`)
    expect(isError(refused, 'overflow')).toBe(true)
  })

  test('a structured reply keeps to its schema', async () => {
    const model = await connect()
    const { question, format, holds } = structured
    const reply = await model.chat({ messages: [question], tools: [], format, maxTokens: 200 }, alone())
    saw(reply.message.content.replaceAll(/\s+/g, ' '))
    expect(holds(reply.message.content)).toBe(true)
  })

  test('tool results are accepted back', async () => {
    const model = await connect()
    const ask = user('What is in a.ts?')
    const before = await model.chat({ messages: [ask], tools: [tool], maxTokens: 8 }, alone())
    const after = await model.chat({ messages: history(ask, words(40, 2)), tools: [tool], maxTokens: 8 }, alone())
    saw(`${before.usage.promptTokens} tokens without, ${after.usage.promptTokens} with a result of 40 words`)
    expect(after.usage.promptTokens).toBeGreaterThan(before.usage.promptTokens + 40)
  })

  test('leaving stops the generation, and the process goes on', async () => {
    const model = await connect()
    const controller = new AbortController()
    const emit = (event: ModelEvent) => void (event.type === 'text' && controller.abort(new Error('enough')))
    const story = { messages: [user('Write a long story about a fox.')], tools: [], maxTokens: 1500 }
    await expect(model.chat(story, { signal: controller.signal, emit })).rejects.toThrow('enough')
    const at = Date.now()
    const { usage } = await model.chat({ ...short, messages: [user('Say yes.')] }, alone())
    saw(`the next reply after ${Date.now() - at} ms`)
    expect(usage.loadMs).toBe(0)
  })

  test('the second turn finds the first in the prompt cache', async () => {
    const model = await connect()
    const first = [user(`${words(100, 3)} Answer with one word.`)]
    const cold = await model.chat({ ...short, messages: first }, alone())
    const warm = await model.chat({ ...short, messages: [...first, cold.message, user('Again.')] }, alone())
    const turns = [cold, warm].map(({ usage }) => `${usage.promptTokens} tokens in ${usage.promptMs} ms`)
    saw(turns.join(', then '))
    expect(warm.usage.promptTokens).toBeGreaterThan(cold.usage.promptTokens)
    expect(warm.usage.promptMs).toBeLessThan(cold.usage.promptMs / 2)
  })
})
