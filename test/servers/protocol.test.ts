/**
 * The protocol against a real OpenAI-compatible server, never the quality of a model: what OLLAMA_HOST names
 * (`http://127.0.0.1:8080/v1`), with LOCAL_BRAIN_MODEL or its first model. It prints what it saw as a table
 * (docs/engines.md has some).
 */
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Message, ModelEvent } from '../../src/core/model.ts'
import { parseHost } from '../../src/engines/host.ts'
import { createOpenAi } from '../../src/engines/openai/engine.ts'
import { isError } from '../../src/errors.ts'
import { createStore } from '../../src/store/store.ts'
import { localBrain } from '../doors/cli/local-brain.ts'
import { reportOf } from '../doors/cli/ollama.ts'
import { temporaryFolder } from '../workspace-fixture.ts'
import { history, short, structured, tool, user, words } from './questions.ts'

const host = parseHost(process.env['OLLAMA_HOST'])
const key = process.env['LOCAL_BRAIN_API_KEY']
const wanted = process.env['LOCAL_BRAIN_MODEL']
/** Where the server says no window of its own. */
const assumed = 4096
const alone = (signal = new AbortController().signal) => ({ signal, emit: (_event: ModelEvent) => undefined })

const engine = createOpenAi({ host, allowRemote: false, key, store: createStore('/nonexistent') })
const models = await engine.list(alone().signal).catch((error: unknown) => (error as Error).message)
const version = typeof models === 'string' ? '' : await engine.version(alone().signal)
const found =
  typeof models === 'string' ? undefined : models.find(({ name }) => wanted === undefined || name === wanted)
const skipped = typeof models === 'string' ? models : found === undefined ? `${host.url} has no model` : undefined
const told = found?.loaded?.window ?? 0
const rows: string[] = []
let seen: string[] = []
const saw = (text: string) => seen.push(text)

async function connect() {
  if (found === undefined) throw new Error('no model')
  const window = told === 0 ? assumed : undefined
  return engine.open(
    found,
    { workBytes: 1000, needsTools: true, window, options: { temperature: 0, seed: 1 } },
    alone(),
  )
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
  if (skipped !== undefined) return
  const name = found?.name.split('/').at(-1) ?? ''
  console.log([`${version}, ${name}`, '', '| what | held | seen |', '|---|---|---|', ...rows].join('\n'))
})

describe.skipIf(skipped !== undefined)(`a real server${skipped === undefined ? '' : ` (skipped: ${skipped})`}`, () => {
  test('the window is known, or asked for', async () => {
    const model = await connect()
    saw(told === 0 ? 'the server does not say it' : `${told} tokens`)
    expect(model.window).toBe(told === 0 ? assumed : told)
  })

  test('a prompt that is too long is refused, not cut', async () => {
    const model = await connect()
    const asked = model.chat({ ...short, messages: [user(words(model.window, 1))] }, alone())
    const refused: unknown = await asked.catch((error: unknown) => error)
    saw(refused instanceof Error ? `"${refused.message}"` : 'it was cut in silence')
    expect(isError(refused, 'overflow')).toBe(true)
  })

  test('a structured reply keeps to its schema', async () => {
    const model = await connect()
    const { question, format, holds } = structured
    const reply = await model.chat({ messages: [question], tools: [], format, maxTokens: 200 }, alone())
    saw(reply.message.content)
    expect(holds(reply.message.content)).toBe(true)
  })

  test('tool results are accepted back', async () => {
    const model = await connect()
    const ask = user('What is in a.ts?')
    const before = await model.chat({ messages: [ask], tools: [tool], maxTokens: 8 }, alone())
    const after = await model.chat({ messages: history(ask, words(40, 2)), tools: [tool], maxTokens: 8 }, alone())
    saw(`${before.usage.promptTokens} tokens without, ${after.usage.promptTokens} with a result of 40 words`)
    saw(`calls: ${model.toolCalling}`)
    expect(after.usage.promptTokens).toBeGreaterThan(before.usage.promptTokens + 40)
  })

  test('leaving stops the generation', async () => {
    const model = await connect()
    await model.chat({ ...short, messages: [user('Say yes.')] }, alone())
    const controller = new AbortController()
    const emit = (event: ModelEvent) => void (event.type === 'text' && controller.abort(new Error('enough')))
    const story = { messages: [user('Write a long story about a fox.')], tools: [], maxTokens: 2000 }
    await expect(model.chat(story, { signal: controller.signal, emit })).rejects.toThrow('enough')
    const at = Date.now()
    await model.chat({ ...short, messages: [user('Say yes.')] }, alone())
    saw(`the next reply after ${Date.now() - at} ms`)
    expect(Date.now() - at).toBeLessThan(60_000)
  })

  test('the second turn finds the first in the prefix cache', async () => {
    const model = await connect()
    const first = [user(`${words(100, 3)} Answer with one word.`)]
    const timed = async (messages: Message[]) => {
      const at = Date.now()
      const reply = await model.chat({ ...short, messages }, alone())
      return { reply, ms: Date.now() - at }
    }
    const cold = await timed(first)
    const warm = await timed([...first, cold.reply.message, user('Again.')])
    saw(
      `${cold.reply.usage.promptTokens} tokens in ${cold.ms} ms, then ${warm.reply.usage.promptTokens} in ${warm.ms} ms`,
    )
    expect(warm.reply.usage.promptTokens).toBeGreaterThan(cold.reply.usage.promptTokens)
  })

  test('four at once are all answered', async () => {
    const model = await connect()
    const ask = async (seed: number) =>
      model.chat({ ...short, messages: [user(`${words(5, seed)} Say yes.`)] }, alone())
    const replies = await Promise.all([4, 5, 6, 7].map(ask))
    saw(replies.map(({ outcome }) => outcome).join(', '))
    expect(replies).toHaveLength(4)
  })

  test('a file is divided, and each line is named once', async () => {
    const skill = 'name: tiny\ndescription: one word\nuser_prompt_template: "{{ content }} Answer with one word."\n'
    // A token for every digit, of which the first estimate knows nothing.
    const digits = Array.from({ length: 15 }, (_, index) => String((index + 1) * 7919).repeat(12)).join('\n')
    const { root } = temporaryFolder({ 'tiny.yaml': skill, 'digits.txt': `${digits}\n` })
    const args = ['-s', './tiny.yaml', '--num-ctx', '1024', '--timeout', '500', '--format', 'json', '-f', 'digits.txt']
    const env = {
      LOCAL_BRAIN_MODEL: found?.name ?? '',
      HOME: configured(),
      ...(key !== undefined && { LOCAL_BRAIN_API_KEY: key }),
    }
    const run = await localBrain(args, { cwd: root, env })
    const { reviewed, notReviewed } = reportOf(run)
    const lines = [...reviewed, ...notReviewed].flatMap(({ startLine = 0, endLine = 0 }) =>
      Array.from({ length: endLine - startLine + 1 }, (_, index) => startLine + index),
    )
    saw(`${reviewed.length} parts answered, ${notReviewed.length} not; exit ${run.code}`)
    expect(lines.sort((a, b) => a - b)).toEqual(Array.from({ length: 15 }, (_, index) => index + 1))
  })
})

/** A home whose configuration names the server, so that an Ollama is asked by its `/v1` too. */
function configured(): string {
  const config = `engine: { url: ${host.url}, kind: openai }\n`
  return temporaryFolder({ '.config/local-brain/config.yaml': config }).root
}
