/**
 * The protocol against a real Ollama, never the quality of a model: what OLLAMA_HOST names, with LOCAL_BRAIN_MODEL or
 * the smallest installed model. It prints what it saw as a table (docs/ollama.md has one).
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isError } from '../../src/errors.ts'
import { reviewReplySchema } from '../../src/tasks/findings/reply.ts'
import type { Message, Model } from '../../src/core/model.ts'
import { toJsonSchema } from '../../src/core/json-schema.ts'
import { findLoaded } from '../../src/engines/ollama/reach.ts'
import { localBrain } from '../doors/cli/local-brain.ts'
import { reportOf } from '../doors/cli/ollama.ts'
import { hasSandbox } from '../workspace/sandbox/found.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'
import { history, short, tool, user, words } from '../servers/questions.ts'
import { createParrot, parrotCalls } from './parrot.ts'
import { alone, connectTo, findSubject, server, type Subject } from './server.ts'

const found = await findSubject()
const skipped = typeof found === 'string'
const subject = (skipped ? undefined : found) as Subject
const rows: string[] = []
let seen: string[] = []
const saw = (text: string) => seen.push(text)

beforeEach(() => {
  seen = []
})

/** One row of the table, also for what did not hold. */
afterEach(({ task }) => {
  rows.push(`| ${task.name} | ${task.result?.state === 'fail' ? 'NO' : 'yes'} | ${seen.join('; ')} |`)
})

afterAll(() => {
  if (skipped) return
  const head = `Ollama ${subject.version}, ${subject.model.name} (${(subject.model.size / 1e9).toFixed(1)} GB)`
  console.log([head, '', '| what | held | seen |', '|---|---|---|', ...rows].join('\n'))
})

describe.skipIf(skipped)(`a real Ollama${skipped ? ` (skipped: ${found})` : ''}`, () => {
  test('the size sent is the size loaded', async () => {
    const model = await connectTo(subject, 3072)
    await model.chat({ ...short, messages: [user('Say yes.')] }, alone())
    const loaded = findLoaded(await server.ps(alone().signal), model.name, model.id)
    saw(`sent 3072, /api/ps says ${loaded?.contextLength}`)
    expect(loaded?.contextLength).toBe(3072)
  })

  test('one load in a run', async () => {
    const model = await connectTo(subject, 3072)
    const messages = [user('Say yes.')]
    const loads: number[] = []
    for (let turn = 1; turn <= 4; turn += 1) {
      const reply = await model.chat({ ...short, messages }, alone())
      loads.push(reply.usage.loadMs)
      messages.push(reply.message, user(`Say yes again, for the ${turn}. time.`))
    }
    saw(`load durations ${loads.join(', ')} ms`)
    expect(Math.max(...loads.slice(1))).toBeLessThan(300)
  })

  test('a prompt that is too long is refused, not cut', async () => {
    const model = await connectTo(subject, 1024)
    const refused = await model
      .chat({ ...short, messages: [user(words(1500, 1))] }, alone())
      .catch((error: unknown) => error)
    saw(`"${(refused as Error).message}"`)
    expect(isError(refused, 'overflow')).toBe(true)
  })

  test('an overflow is divided and each line is named once', async () => {
    const skill = 'name: tiny\ndescription: one word\nuser_prompt_template: "{{ content }} Answer with one word."\n'
    // A token for every digit, of which the first estimate knows nothing.
    const digits = Array.from({ length: 25 }, (_, index) => String((index + 1) * 7919).repeat(12)).join('\n')
    const { root } = temporaryFolder({ 'tiny.yaml': skill, 'digits.txt': `${digits}\n` })
    const args = [
      '-v',
      '-s',
      './tiny.yaml',
      '-m',
      subject.model.name,
      '--num-ctx',
      '1024',
      '--timeout',
      '300',
      '--format',
      'json',
    ]
    const run = await localBrain([...args, '-f', 'digits.txt'], { cwd: root, host: subject.url })
    const divided = [...run.stderr.matchAll(/outgrew the window; divided into (\d+)/g)].map(([, parts]) => parts)
    const { reviewed, notReviewed } = reportOf(run)
    const lines = [...reviewed, ...notReviewed].flatMap(({ startLine = 0, endLine = 0 }) =>
      Array.from({ length: endLine - startLine + 1 }, (_, index) => startLine + index),
    )
    saw(`divided into ${divided.join(' and ')}, ${notReviewed.length} part(s) not reviewed`)
    saw(`${new Set(lines).size} of 25 lines named, ${lines.length - new Set(lines).size} twice`)
    expect(divided.length).toBeGreaterThan(0)
    expect([...new Set(lines)].sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1))
  })

  test('a format gives findings that can be parsed', async () => {
    const model = await connectTo(subject, 4096)
    const question = user('Check this: `for (let i = 0; i <= list.length; i++) sum += list[i]`. Answer in JSON, short.')
    // A model this small may write a token for each character that the schema allows.
    const request = { messages: [question], tools: [], format: toJsonSchema(reviewReplySchema), maxTokens: 3500 }
    const reply = await model.chat(request, alone())
    saw(`${reply.outcome} after ${reply.usage.outputTokens} tokens`)
    expect(reply.outcome).toBe('answer')
    reviewReplySchema.parse(JSON.parse(reply.message.content))
  })

  test('tool results are accepted back', async () => {
    const model = await connectTo(subject, 3072)
    const ask = user('What is in a.ts?')
    const before = await model.chat({ messages: [ask], tools: [tool], maxTokens: 8 }, alone())
    const after = await model.chat({ messages: history(ask, words(200, 2)), tools: [tool], maxTokens: 8 }, alone())
    saw(`${before.usage.promptTokens} tokens without, ${after.usage.promptTokens} with a result of 200 words`)
    saw(`calls: ${model.toolCalling}`)
    expect(after.usage.promptTokens).toBeGreaterThan(before.usage.promptTokens + 200)
  })

  test('Ctrl-C stops the generation on the server', async () => {
    const { root } = temporaryFolder()
    const log = join(root, 'log.jsonl')
    const model = await connectTo(subject, 4096)
    await model.chat({ ...short, messages: [user('Say yes.')] }, alone())
    const args = ['-m', subject.model.name, '--num-ctx', '4096', '--max-turns', '1', '--log-file', log, '-s', 'ask']
    let stop: NodeJS.Timeout | undefined
    let at = 0
    const run = await localBrain([...args, 'Write a very long story about a fox, in at least 2000 words.'], {
      cwd: root,
      host: subject.url,
      onStart: (kill) => {
        stop = setInterval(() => {
          if (at > 0 || !existsSync(log) || !readFileSync(log, 'utf8').includes('"type":"text"')) return
          at = performance.now()
          kill('SIGINT')
        }, 20)
      },
    })
    clearInterval(stop)
    const ended = performance.now() - at
    const next = performance.now()
    await model.chat({ ...short, maxTokens: 1, messages: [user('Say no.')] }, alone())
    const latency = performance.now() - next
    saw(`exit ${run.code} after ${Math.round(ended)} ms, the next reply after ${Math.round(latency)} ms`)
    expect(run.code).toBe(130)
    expect(ended).toBeLessThan(1000)
    expect(latency).toBeLessThan(5000)
  })

  test.skipIf(!hasSandbox)('an edit and a command go all the way, and nothing but the proposal is left', async () => {
    const parrot = await createParrot(subject)
    const skill = 'name: s\ndescription: d\naccess: run\ntools: [edit_file, run_command]\n'
    const { root, git } = repository({ 'a.ts': 'const x = 1\n' })
    const file = temporaryFolder({ 's.yaml': `${skill}user_prompt_template: "{{ input }}"\n` })
    const env = { HOME: temporaryFolder().root }
    const args = ['-s', join(file.root, 's.yaml'), '-m', parrot, '--allow', 'run', '--num-ctx', '4096']
    const more = ['--timeout', '500', '--format', 'json', 'set x to 2']
    const report = reportOf(await localBrain([...args, ...more], { cwd: root, host: subject.url, env }))
    saw(report.toolCalls.map(({ name, ok, ms }) => `${name}: ${ok ? 'ok' : 'failed'} in ${ms} ms`).join(', '))
    saw(`${report.access?.sandbox}; +${report.changes?.[0]?.added} −${report.changes?.[0]?.removed}`)
    expect(report).toMatchObject({
      stop: 'answered',
      toolCalls: [
        { name: 'edit_file', arguments: parrotCalls.edit, ok: true, recovered: false },
        { name: 'run_command', arguments: parrotCalls.command, ok: true, recovered: false },
      ],
      changes: [{ path: 'a.ts', kind: 'modify' }],
    })
    expect(git('status', '--porcelain')).toBe('')
    expect((await localBrain(['apply'], { cwd: root, env })).code).toBe(0)
    expect(readFileSync(join(root, 'a.ts'), 'utf8')).toBe('const x = 2\n')
  })

  test('the second turn finds the first in the prefix cache', async () => {
    const model: Model = await connectTo(subject, 4096)
    const messages: Message[] = [{ role: 'system', content: words(500, Date.now() % 5000) }, user('Say yes.')]
    const first = await model.chat({ ...short, messages }, alone())
    const second = await model.chat({ ...short, messages: [...messages, first.message, user('Again.')] }, alone())
    const turns = [first, second].map(({ usage }) => `${usage.promptTokens} tokens in ${usage.promptMs} ms`)
    saw(turns.join(', then '))
    expect(second.usage.promptTokens).toBeGreaterThanOrEqual(first.usage.promptTokens)
    expect(second.usage.promptMs).toBeLessThan(first.usage.promptMs / 2)
  })
})
