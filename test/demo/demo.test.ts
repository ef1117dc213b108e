import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { AssistantMessage, ChatRequest, Message } from '../../src/core/model.ts'
import { type Demo, startDemo } from '../../src/demo/demo.ts'
import { sampleBug } from '../../src/demo/sample.ts'

async function start(): Promise<Demo> {
  const demo = await startDemo()
  onTestFinished(() => demo.close())
  return demo
}

const question: Message = { role: 'user', content: 'What does main do?' }

async function ask({ engine }: Demo, request: Partial<ChatRequest>): Promise<AssistantMessage> {
  const { signal } = new AbortController()
  const context = { signal, emit: () => undefined }
  const [info] = await engine.list(signal)
  if (info === undefined) throw new Error('the script has no model')
  const model = await engine.open(info, { workBytes: 1000, needsTools: true, options: {} }, context)
  return (await model.chat({ messages: [question], tools: [], maxTokens: 2048, ...request }, context)).message
}

const tools = ['list_directory', 'read_file'].map((name) => ({ name, description: '', parameters: {} }))

function called({ toolCalls }: AssistantMessage): unknown[] {
  return toolCalls.map(({ name, arguments: args }) => [name, args])
}

function results({ toolCalls }: AssistantMessage): Message[] {
  return toolCalls.map(({ id, name }) => ({ role: 'tool', content: 'text', toolName: name, toolCallId: id }))
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
  const messages: Message[] = [{ role: 'user', content: demo.prompt }]
  const first = await ask(demo, { messages, tools })
  expect(called(first)).toEqual([['list_directory', { path: 'src' }]])
  messages.push(first, ...results(first))
  const second = await ask(demo, { messages, tools })
  expect(called(second)).toEqual([
    ['read_file', { path: 'src/cart.ts' }],
    ['read_file', { path: 'src/money.ts' }],
  ])
  messages.push(second, ...results(second))
  expect((await ask(demo, { messages, tools })).content).toContain('compares cents with euros')
})

test('a request without tools is answered at once', async () => {
  const answer = await ask(await start(), {})
  expect([called(answer), answer.content]).toEqual([[], expect.stringContaining('cents')])
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
    const { content: reply } = await ask(demo, { messages: [{ role: 'user', content }], format })
    return JSON.parse(reply) as { findings: object[] }
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
  const messages: Message[] = [{ role: 'user', content: `Is this real? ${sampleBug.quote}` }]
  expect(called(await ask(demo, { messages, tools }))).toEqual([['read_file', { path: 'src/money.ts' }]])
  const verdict = { type: 'object', properties: { evidence: { type: 'string' }, verdict: { type: 'string' } } }
  const answer = JSON.parse((await ask(demo, { messages, format: verdict })).content) as object
  expect(answer).toEqual({ evidence: sampleBug.evidence, verdict: 'real' })
})
