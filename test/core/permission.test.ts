import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createConversation } from '../../src/core/conversation.ts'
import { startDeadline } from '../../src/core/deadline.ts'
import type { AgentEvent } from '../../src/core/events.ts'
import type { Access } from '../../src/core/access.ts'
import { type Approve, type Question, createConsent, createPermit } from '../../src/core/permission.ts'
import { defineTool } from '../../src/core/tool.ts'
import { openWorkspace } from '../../src/workspace/open.ts'
import { type Line, scriptedModel } from '../scripted-model.ts'
import { createFolder, environment } from '../workspace.ts'

/** Writes a file; asks for more than standing consent when it is told to. */
const note = defineTool({
  name: 'write_note',
  description: 'Write.',
  access: 'write',
  parameters: z.object({
    path: z.string(),
    text: z.string(),
    sensitive: z.string().optional(),
    limit: z.string().optional(),
  }),
  plan: async ({ path, text, sensitive, limit }, { workspace }) => ({
    preview: `${path}: ${text}`,
    sensitive,
    overLimit: limit,
    async run() {
      writeFileSync(join(workspace.root, path), text)
      return `${path} is written`
    },
  }),
})
const command = defineTool({
  name: 'run_it',
  description: 'Run.',
  access: 'run',
  parameters: z.object({ command: z.string() }),
  run: async ({ command: line }) => `ran ${line}`,
})

type Asking = { allow?: Access; approve?: Approve; turns?: number }

async function talk(lines: Line[], { allow = 'read', approve, turns = 12 }: Asking = {}) {
  const root = createFolder()
  const model = scriptedModel(lines)
  const events: AgentEvent[] = []
  const emit = (event: AgentEvent) => void events.push(event)
  const permit = createPermit({ allow, approve, emit })
  const workspace = await openWorkspace({ root, environment })
  const conversation = createConversation({ model, tools: [note, command], permit, workspace, emit })
  const answer = await conversation.send('go', { signal: new AbortController().signal, turns, maxTokens: 100 })
  const results = conversation.messages.flatMap((message) => (message.role === 'tool' ? [message.content] : []))
  return { answer, results, events, root }
}

const write = (text: string, more: Record<string, string> = {}) => ({
  name: 'write_note',
  arguments: { path: 'a.txt', text, ...more },
})
const run = (line: string) => ({ name: 'run_it', arguments: { command: line } })

/** Gives these answers in order and keeps the questions. */
function person(...answers: Awaited<ReturnType<Approve>>[]) {
  const questions: Question[] = []
  const approve: Approve = async (question) => {
    questions.push(question)
    const answer = answers[questions.length - 1]
    if (answer === undefined) throw new Error('asked too often')
    return answer
  }
  return { approve, questions }
}

describe('what nobody allowed', () => {
  test('is refused where there is nobody to ask', async () => {
    const { results, events } = await talk([[write('x')], [run('ls')], 'No.'])
    expect(results).toEqual(['Error: writing is not allowed here', 'Error: running programs is not allowed here'])
    expect(events).toContainEqual({ type: 'approval_answer', id: 'call_1_0', answer: 'no', by: 'refused' })
  })

  test('is asked about, with what would happen', async () => {
    const { approve, questions } = person('yes')
    const { results, events } = await talk([[write('x')], 'Done.'], { approve })
    expect(results).toEqual(['a.txt is written'])
    expect(questions).toMatchObject([{ access: 'write', preview: 'a.txt: x' }])
    expect(events.filter(({ type }) => type.startsWith('approval'))).toMatchObject([
      { type: 'approval_ask', id: 'call_1_0', tool: 'write_note', access: 'write', summary: 'a.txt: x' },
      { type: 'approval_answer', id: 'call_1_0', answer: 'yes', by: 'person' },
    ])
  })
})

test('standing consent asks nobody, and includes what is less', async () => {
  const { results } = await talk([[write('x')], [run('ls')], 'Done.'], { allow: 'run' })
  expect(results).toEqual(['a.txt is written', 'ran ls'])
  const lesser = await talk([[write('x')], [run('ls')], 'Done.'], { allow: 'write' })
  expect(lesser.results).toEqual(['a.txt is written', 'Error: running programs is not allowed here'])
})

describe('what a person answers', () => {
  test('always holds for writing, and for exactly this command', async () => {
    const { approve, questions } = person('always', 'always', 'no')
    const { results } = await talk(
      [[write('1')], [write('2')], [run('ls')], [write('3')], [run('ls')], [run('ls -l')], 'Done.'],
      { approve },
    )
    expect(questions.map(({ call }) => call.name)).toEqual(['write_note', 'run_it', 'run_it'])
    expect(results.map((result) => result.startsWith('Error'))).toEqual([false, false, false, false, false, true])
  })

  test('reaches the model in their words', async () => {
    const { results } = await talk([[write('1')], [write('2')], 'Done.'], {
      approve: person({ no: 'use a table' }, 'no').approve,
    })
    expect(results).toEqual([
      'Error: the person said no: use a table. Do not try it again in another way; ask, or answer with what you have',
      'Error: the person said no. Do not try it again in another way; ask, or answer with what you have',
    ])
  })

  test('holds for the same question within one message', async () => {
    const { approve, questions } = person('no', 'yes')
    const { results } = await talk([[write('1')], [write('1')], [write('2')], [write('1')], 'Done.'], { approve })
    expect(questions).toHaveLength(2)
    expect(results.map((result) => result.startsWith('Error: the person said no'))).toEqual([true, true, false, true])
  })

  test('the third refusal in a row ends it, with the rest not run', async () => {
    const { approve } = person('no', 'no', 'yes', 'no', 'no', 'no')
    const { answer, results, root } = await talk(
      [[write('1'), write('2'), write('3')], [write('4'), write('5')], [write('6'), write('7')], 'never asked'],
      { approve },
    )
    expect(answer).toMatchObject({ stop: 'refused', turns: 3 })
    expect(results.at(-1)).toBe('Error: not run, since what came before it was refused')
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('3')
  })

  test('quit ends it at once', async () => {
    const { answer } = await talk([[write('1'), write('2')], 'never asked'], { approve: person('quit').approve })
    expect(answer).toMatchObject({ stop: 'refused', turns: 1, toolCalls: [{ ok: false }, { ok: false }] })
  })
})

describe('what is more than a change to text', () => {
  const sensitive = { sensitive: 'GitHub runs it' }
  test('is asked about however much is allowed', async () => {
    const { approve, questions } = person('always', 'yes')
    await talk([[write('1', sensitive)], [write('2', sensitive)], [write('3')], 'Done.'], { allow: 'run', approve })
    expect(questions.map((question) => question.sensitive)).toEqual(['GitHub runs it', 'GitHub runs it'])
  })

  test('is refused and said where there is nobody to ask', async () => {
    const { results } = await talk([[write('1', sensitive)], 'Done.'], { allow: 'run' })
    expect(results[0]).toMatch(/^Error: this needs a person's consent \(GitHub runs it\), and there is nobody to ask/)
  })

  test('ends the work where it goes beyond a limit and there is nobody to ask', async () => {
    const limit = { limit: 'this run has changed 50 files, which is its limit' }
    const { answer, results } = await talk([[write('1')], [write('2', limit)], 'never'], { allow: 'write' })
    expect(answer.stop).toBe('refused')
    expect(results[1]).toBe('Error: this run has changed 50 files, which is its limit; answer with what was done')
    const asked = await talk([[write('2', limit)], 'Done.'], { allow: 'write', approve: person('yes').approve })
    expect(asked.answer.stop).toBe('answered')
  })
})

test('a reply that was cut while a call was written says how to go on', async () => {
  const { answer } = await talk([{ outcome: 'call-cut' }, [write('1')], 'Done.'], { allow: 'write' })
  expect(answer).toMatchObject({ stop: 'answered', turns: 3 })
})

test('the time that a person thinks does not count against the time limit', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const deadline = startDeadline(10, undefined)
  vi.advanceTimersByTime(9_000)
  const before = deadline.answerBy()
  const goOn = deadline.pause()
  const other = deadline.pause()
  vi.advanceTimersByTime(3_600_000)
  goOn()
  goOn()
  expect(deadline.signal.aborted).toBe(false)
  other()
  expect(deadline.answerBy() - before).toBe(3_600_000)
  vi.advanceTimersByTime(999)
  expect(deadline.signal.aborted).toBe(false)
  vi.advanceTimersByTime(1)
  expect(deadline.signal.aborted).toBe(true)
})

describe('consent to commands that begin alike', () => {
  const asking = (line: string): Question => ({
    call: { id: '1', name: 'run_command', arguments: { command: line }, recovered: false },
    access: 'run',
  })
  const { signal } = new AbortController()

  test.each<[string, boolean]>([
    ['npm test', true],
    ['npm test -- cart', true],
    ['"npm" test', true],
    ['npm run build', false],
    ['npm testx', false],
    ['npm test && rm -rf .', false],
    ['npm test > out', false],
    ['FOO=1 npm test', false],
  ])('after npm test --silent, %s is allowed: %s', async (line, expected) => {
    const approve = vi.fn<Approve>().mockResolvedValueOnce('always-like').mockResolvedValue('no')
    const { permit } = createConsent({ allow: 'read', approve, emit: () => undefined })
    await permit(asking('npm test --silent'), signal)
    expect((await permit(asking(line), signal)).allow).toBe(expected)
  })

  test('what is allowed can be changed, and takes back what was allowed before', async () => {
    const approve = vi.fn<Approve>().mockResolvedValueOnce('always').mockResolvedValue('no')
    const consent = createConsent({ allow: 'write', approve, emit: () => undefined })
    await consent.permit(asking('npm test'), signal)
    expect((await consent.permit(asking('npm test'), signal)).allow).toBe(true)
    consent.allow('read')
    expect(consent.allowed()).toBe('read')
    expect((await consent.permit(asking('npm test'), signal)).allow).toBe(false)
  })
})
