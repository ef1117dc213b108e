import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run } from '../../src/app/run.ts'
import type { RunRequest } from '../../src/app/request.ts'
import { scriptedEngine } from '../scripted-engine.ts'
import { environment } from '../workspace.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'

const dist = join(import.meta.dirname, '..', '..', 'dist')
const source = 'export function last(list) {\n  return list[list.length]\n}\n'

function request(root: string, more: Partial<RunRequest>): RunRequest {
  const paths = { config: temporaryFolder().root, cache: temporaryFolder().root, state: temporaryFolder().root }
  return { work: { files: [], prompt: '' }, cwd: root, paths, environment, ...more }
}

const alone = () => ({ signal: new AbortController().signal, emit: () => undefined })

const review = {
  analysis: 'An index past the end.',
  findings: [
    {
      quote: 'return list[list.length]',
      defect: 'off-by-one',
      title: 'The last entry is never returned',
      message: 'The index is one past the end.',
      trigger: 'any list',
      severity: 'high',
      suggestion: 'return list[list.length - 1]',
    },
  ],
}

test('another engine does the whole review: one question, the grounding, a second look', async () => {
  const { root } = repository({ 'a.js': source })
  const engine = scriptedEngine(({ format }) => {
    const verdict = { evidence: 'return list[list.length]', verdict: 'real' }
    if (format === undefined) return { message: { role: 'assistant', content: 'It is so.', toolCalls: [] } }
    const content = JSON.stringify(JSON.stringify(format).includes('analysis') ? review : verdict)
    return { message: { role: 'assistant', content, toolCalls: [] } }
  })
  const report = await run(request(root, { work: { files: ['a.js'], prompt: '' } }), { ...alone(), engine })
  expect(report).toMatchObject({
    model: { name: 'parrot', digest: 'p1', contextLength: 8192 },
    findings: [{ path: 'a.js', startLine: 2, severity: 'high', verified: true }],
    exitCode: 0,
  })
  expect(engine.closed).toBe(1)
})

test('another engine answers a question with tools', async () => {
  const { root } = repository({ 'a.js': source })
  const call = { id: 'c1', name: 'read_file', arguments: { path: 'a.js' }, recovered: false }
  const engine = scriptedEngine((_, number) => ({
    message: {
      role: 'assistant',
      content: number === 1 ? '' : 'It reads past the end.',
      toolCalls: number === 1 ? [call] : [],
    },
  }))
  const report = await run(request(root, { work: { files: [], prompt: 'what is wrong?' } }), { ...alone(), engine })
  expect(report).toMatchObject({
    answer: 'It reads past the end.',
    toolCalls: [{ name: 'read_file', ok: true }],
    turns: 2,
  })
  expect(engine.requests[1]?.messages.at(-1)?.content).toContain('2|   return list[list.length]')
})

/** A program of its own that runs the built library with an engine of its own, and prints which chunks that took. */
const program = `
import { createRequire } from 'node:module'
import { run } from ${JSON.stringify(join(dist, 'lib', 'index.mjs'))}
const usage = { promptTokens: 1, outputTokens: 1, loadMs: 0, promptMs: 0, outputMs: 0, modelCalls: 1 }
const call = { id: 'c1', name: 'read_file', arguments: { path: 'a.js' }, recovered: false }
const verdict = { evidence: 'return list[list.length]', verdict: 'real' }
let requests = 0
async function chat({ format }) {
  requests += 1
  const reply = JSON.stringify(format)?.includes('analysis') ? ${JSON.stringify(review)} : verdict
  const content = format ? JSON.stringify(reply) : requests === 1 ? '' : 'Fine.'
  const toolCalls = requests === 1 ? [call] : []
  const message = { role: 'assistant', content, toolCalls }
  return { message, outcome: toolCalls.length > 0 ? 'tools' : 'answer', usage, warnings: [] }
}
const model = {
  name: 'm', id: '', window: 8192, toolCalling: 'native', tokens: () => 10, bytes: (tokens) => tokens * 3, chat,
}
const engine = {
  name: 'own', url: '', isThisMachine: true, list: async () => [{ name: 'm', id: '', bytes: 1, isLocal: true }],
  unlisted: () => undefined, install: String, open: async () => model, close() {},
}
const { answer, toolCalls } = await run({ work: { files: [], prompt: 'well?' } }, { engine })
const { findings } = await run({ skill: 'code-review', work: { files: ['a.js'], prompt: '' } }, { engine })
const seen = [answer, toolCalls[0].ok, findings[0].startLine, findings[0].verified]
console.log(JSON.stringify([seen, Object.keys(createRequire(import.meta.url).cache)]))
`

test('nothing of Ollama is loaded for either', () => {
  const { root } = temporaryFolder({ 'own.mjs': program, 'a.js': source })
  const env = { ...environment, HOME: root, XDG_STATE_HOME: root, XDG_CACHE_HOME: root, XDG_CONFIG_HOME: root }
  const printed = execFileSync(process.execPath, ['own.mjs'], { cwd: root, env, encoding: 'utf8' })
  const [seen, files] = JSON.parse(printed) as [unknown[], string[]]
  expect(seen).toEqual(['Fine.', true, 2, true])
  const { chunks } = JSON.parse(readFileSync(join(dist, 'meta.json'), 'utf8')) as {
    chunks: { file: string; modules: string[] }[]
  }
  const loaded = chunks.filter(({ file }) => files.includes(join(dist, file))).flatMap(({ modules }) => modules)
  expect(loaded).toContain('src/app/run.ts')
  expect(loaded.filter((module) => module.startsWith('src/engines/ollama/'))).toEqual([])
})
