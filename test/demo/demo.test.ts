import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { type Demo, startDemo } from '../../src/demo/demo.ts'
import { sampleBug } from '../../src/demo/sample.ts'
import { chatBody, type Event } from './ask.ts'

async function start(): Promise<Demo> {
  const demo = await startDemo()
  onTestFinished(() => demo.close())
  return demo
}

async function ask(demo: Demo, extra: Record<string, unknown>): Promise<Event['message']> {
  const body = JSON.stringify(
    chatBody({ model: `${demo.model}:local`, options: { num_ctx: 8192, num_predict: 2048 }, ...extra }),
  )
  const response = await fetch(`${demo.host}/api/chat`, { method: 'POST', body })
  const events = (await response.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
  const content = events.map(({ message }) => message?.content).join('')
  return { role: 'assistant', content, tool_calls: events.flatMap(({ message }) => message?.tool_calls ?? []) }
}

const tools = ['list_directory', 'read_file'].map((name) => ({ type: 'function', function: { name } }))

function called(message: Event['message']): unknown[] {
  return message?.tool_calls?.map(({ function: { name, arguments: args } }) => [name, args]) ?? []
}

function results(message: Event['message']): object[] {
  return (
    message?.tool_calls?.map(({ id, function: { name } }) => ({
      role: 'tool',
      content: 'text',
      tool_name: name,
      tool_call_id: id,
    })) ?? []
  )
}

test('the sample lies in a folder of its own, which is gone afterwards', async () => {
  const demo = await startDemo()
  expect(readdirSync(join(demo.root, 'src'))).toEqual(['cart.ts', 'checkout.ts', 'money.ts'])
  await demo.close()
  expect(existsSync(demo.root)).toBe(false)
})

test('the bug is real, and every path and quote of the script exists', async () => {
  const { root, file } = await start()
  const cart = (await import(/* @vite-ignore */ pathToFileURL(join(root, file)).href)) as {
    shipsForFree(lines: { name: string; price: string; quantity: number }[]): boolean
  }
  expect(cart.shipsForFree([{ name: 'pencil', price: '0.60', quantity: 1 }])).toBe(true)
  const lines = readFileSync(join(root, file), 'utf8')
    .split('\n')
    .map((line) => line.trim())
  expect(lines).toEqual(expect.arrayContaining([sampleBug.quote, sampleBug.evidence]))
  expect(existsSync(join(root, sampleBug.source))).toBe(true)
})

test('the loop looks at the folder, reads two files in one reply, and answers', async () => {
  const demo = await start()
  const messages: object[] = [{ role: 'user', content: demo.prompt }]
  const first = await ask(demo, { messages, tools })
  expect(called(first)).toEqual([['list_directory', { path: 'src' }]])
  messages.push(first as object, ...results(first))
  const second = await ask(demo, { messages, tools })
  expect(called(second)).toEqual([
    ['read_file', { path: 'src/cart.ts' }],
    ['read_file', { path: 'src/money.ts' }],
  ])
  messages.push(second as object, ...results(second))
  expect((await ask(demo, { messages, tools }))?.content).toContain('compares cents with euros')
})

test('a request without tools is answered at once', async () => {
  const answer = await ask(await start(), {})
  expect([called(answer), answer?.content]).toEqual([[], expect.stringContaining('cents')])
})

const item = {
  type: 'object',
  properties: { quote: {}, defect: {}, title: {}, trigger: {}, severity: {}, suggestion: {} },
}
const format = {
  type: 'object',
  properties: { analysis: { type: 'string' }, findings: { type: 'array', items: item } },
}

test('a review of the file with the bug finds it, a review of another finds nothing', async () => {
  const demo = await start()
  const review = async (path: string) => {
    const content = readFileSync(join(demo.root, path), 'utf8')
    return JSON.parse((await ask(demo, { messages: [{ role: 'user', content }], format }))?.content ?? '') as {
      findings: object[]
    }
  }
  const { findings } = await review(demo.file)
  expect(findings).toEqual([
    expect.objectContaining({ quote: sampleBug.quote, severity: 'high', defect: 'wrong-result' }),
  ])
  expect(Object.keys(findings[0] ?? {})).toEqual(Object.keys(item.properties))
  expect((await review('src/money.ts')).findings).toEqual([])
})

test('the second look reads the file that gives the bug away, and confirms it', async () => {
  const demo = await start()
  const messages = [{ role: 'user', content: `Is this real? ${sampleBug.quote}` }]
  expect(called(await ask(demo, { messages, tools }))).toEqual([['read_file', { path: 'src/money.ts' }]])
  const verdict = { type: 'object', properties: { evidence: { type: 'string' }, verdict: { type: 'string' } } }
  const answer = JSON.parse((await ask(demo, { messages, format: verdict }))?.content ?? '') as object
  expect(answer).toEqual({ evidence: sampleBug.evidence, verdict: 'real' })
})
