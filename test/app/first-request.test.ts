import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { planRun } from '../../src/app/plan.ts'
import { prepareBy } from '../../src/app/prepare.ts'
import type { RunRequest } from '../../src/app/request.ts'
import { run } from '../../src/app/run.ts'
import { deadlineError, startDeadline } from '../../src/core/deadline.ts'
import type { AgentEvent } from '../../src/core/events.ts'
import type { ChatRequest } from '../../src/core/model.ts'
import type { Report } from '../../src/report/report.ts'
import { storePaths } from '../../src/store/paths.ts'
import { findings } from '../../src/tasks/findings/task.ts'
import type { Task } from '../../src/tasks/task.ts'
import { scriptedEngine } from '../scripted-engine.ts'
import { type Files, createFolder, createRepository, environment, git, write } from '../workspace.ts'

const content = JSON.stringify({ analysis: 'Nothing.', findings: [] })
const nothingFound = { message: { role: 'assistant' as const, content, toolCalls: [] } }

const requestIn = (cwd: string, request: Partial<RunRequest>): RunRequest => ({
  skill: 'code-review',
  work: { files: [], prompt: '' },
  cwd,
  environment,
  paths: storePaths({}, createFolder()),
  ...request,
})

type During = (request: ChatRequest, number: number) => void

/** Runs code-review with a model that finds nothing; `during` is called while it is asked. */
async function review(
  cwd: string,
  request: Partial<RunRequest>,
  during: During,
  signal = new AbortController().signal,
) {
  const events: AgentEvent[] = []
  const engine = scriptedEngine((asked, number) => {
    during(asked, number)
    return nothingFound
  })
  const report = await run(requestIn(cwd, request), { engine, signal, emit: (event) => void events.push(event) })
  const told = engine.requests.map(({ messages }) => messages.map((message) => message.content).join('\n'))
  return { report, told, events }
}

/** More files than are read before the first request. */
const names = Array.from({ length: 60 }, (_, at) => `f${10 + at}.js`)
const manyFiles = (): Files => Object.fromEntries(names.map((name) => [name, `${'x = 1\n'.repeat(200)}// ${name}\n`]))
const folder = { files: [], dir: '.', prompt: '' }
const pathsOf = ({ reviewed, notReviewed }: Report) => [...reviewed, ...notReviewed].map(({ path }) => path).sort()
const last = names.at(-1) ?? ''

test('the model is asked before the checks have looked at the input, and what they find is reported', async () => {
  const order: string[] = []
  const usual = findings({})
  const task: Task = {
    ...usual,
    async check(...input) {
      const checked = await usual.check(...input)
      const isCertain = () => {
        order.push('checked')
        return checked.isCertain()
      }
      return { ...checked, isCertain }
    },
  }
  const cwd = createFolder({ 'a.js': '<<<<<<< HEAD\nexport const a = 1\n=======\nexport const a = 2\n>>>>>>> b\n' })
  const { report } = await review(cwd, { task, work: { files: ['a.js'], prompt: '' } }, () => order.push('asked'))
  expect(order).toEqual(['asked', 'checked'])
  expect(report.findings).toContainEqual(expect.objectContaining({ rule: 'bug/conflict-marker' }))
})

test('of a folder the first file is asked about before the last is read; one that is gone by then is named', async () => {
  const cwd = createFolder(manyFiles())
  const during: During = (_, number) => void (number === 1 && rmSync(join(cwd, last)))
  const { report, told } = await review(cwd, { work: folder, failOn: 'high' }, during)
  expect(told[0]).toContain(`// ${names[0]}`)
  expect(told).toHaveLength(names.length - 1)
  expect(report.notReviewed).toEqual([{ path: last, reason: 'not readable', gap: true }])
  expect(report).toMatchObject({ exitCode: 4, parts: { reviewed: names.length - 1, of: names.length } })
  expect(pathsOf(report)).toEqual(names)
})

test('the checks that need no model look at what is read later too', async () => {
  const cwd = createFolder({ ...manyFiles(), 'z.js': '<<<<<<< HEAD\nexport const a = 1\n=======\n>>>>>>> b\n' })
  const { report } = await review(cwd, { work: folder }, () => undefined)
  expect(report.findings).toContainEqual(expect.objectContaining({ path: 'z.js', rule: 'bug/conflict-marker' }))
})

test('how many parts there are is said as soon as it is known, and until then how many at least', async () => {
  const { events } = await review(createFolder(manyFiles()), { work: folder }, () => undefined)
  const starts = events.filter((event) => event.type === 'unit_start')
  expect(starts[0]).toMatchObject({ unit: 1, atLeast: true })
  expect(starts[0]?.of).toBeLessThan(names.length)
  expect(starts.at(-1)).toEqual({ type: 'unit_start', unit: names.length, of: names.length, label: last })
})

test('what was not read when a person interrupts, or the time is over, is named', async () => {
  const stops = [
    { reason: undefined, stop: 'interrupted', exitCode: 130 },
    { reason: deadlineError(300), stop: 'time_limit', exitCode: 0 },
  ]
  for (const { reason, ...end } of stops) {
    const controller = new AbortController()
    const during: During = () => controller.abort(reason)
    const { report, told } = await review(createFolder(manyFiles()), { work: folder }, during, controller.signal)
    expect(told).toHaveLength(1)
    expect(report).toMatchObject({ ...end, reviewed: [{ path: names[0] }] })
    expect(report.notReviewed.every(({ gap }) => gap)).toBe(true)
    expect(pathsOf(report)).toEqual(names)
  }
})

test('an interruption before the checks have begun costs no report of a change', async () => {
  const cwd = createRepository()
  write(cwd, { 'a.js': 'a = 1\n', 'b.png': Buffer.from([0x89, 0x50, 0, 1]) })
  git(cwd, 'add', '-A')
  const controller = new AbortController()
  const during: During = () => controller.abort()
  const work = { files: [], prompt: '', diff: {} }
  const { report } = await review(cwd, { work }, during, controller.signal)
  expect(report).toMatchObject({ stop: 'interrupted', exitCode: 130 })
  expect(pathsOf(report)).toEqual(['a.js', 'b.png'])
})

test('of a change the file that can do most harm is asked about first, and git that fails later loses no name', async () => {
  const lines = (text: string) => Array.from({ length: 1500 }, (_, at) => `${text}(${at})`).join('\n')
  const cwd = createRepository()
  write(cwd, {
    'a.js': `${lines('show')}\n`,
    'login.js': `${lines('checkPassword')}\n`,
    'test/wide.txt': Buffer.from('\ufeffwide = 1\n', 'utf16le'),
  })
  git(cwd, 'add', '-A')
  const during: During = (_, number) => void (number === 1 && rmSync(join(cwd, '.git', 'objects'), { recursive: true }))
  const { report, told } = await review(cwd, { work: { files: [], prompt: '', diff: {} }, failOn: 'high' }, during)
  expect(told[0]).toContain('FILE login.js')
  expect(report.notReviewed).toEqual([{ path: 'test/wide.txt', reason: 'git has no text of it', gap: true }])
  expect([...new Set(report.reviewed.map(({ path }) => path))]).toEqual(['a.js', 'login.js'])
  expect(report.exitCode).toBe(4)
  expect(report.warnings).toContainEqual(expect.stringContaining('was not checked: git diff'))
})

test('a folder that is removed while the model is asked takes no answer away', async () => {
  const cwd = createRepository({ ...manyFiles(), 'a.bin': Buffer.from('\0old') })
  for (const name of names) write(cwd, { [name]: 'y = 2\n'.repeat(200) })
  write(cwd, { 'a.bin': Buffer.from('\0new') })
  const during: During = (_, number) => void (number === 1 && rmSync(cwd, { recursive: true }))
  const { report } = await review(cwd, { work: { files: [], prompt: '', diff: {} } }, during)
  expect(report.reviewed.length).toBeGreaterThan(0)
  expect([...new Set(pathsOf(report))]).toEqual(['a.bin', ...names])
  expect(report.warnings).toContainEqual(expect.stringContaining('was not checked: git diff'))
})

test('a dry run gives its first part before the last file is read', async () => {
  const cwd = createFolder(manyFiles())
  const { signal } = new AbortController()
  const deadline = startDeadline(300, signal)
  const prepared = await prepareBy(deadline, requestIn(cwd, { work: folder }), { signal, emit: () => undefined })
  const requests = planRun(prepared).requests()
  const first = await requests.next()
  rmSync(join(cwd, last))
  expect(first.value).toMatchObject({ label: names[0] })
  let next = first
  while (!next.done) next = await requests.next()
  expect(next.value.notReviewed).toEqual([{ path: last, reason: 'not readable', gap: true }])
  expect(next.value.units.map(({ path }) => path)).toEqual(names.slice(0, -1))
  deadline.clear()
})

/** An engine that never says what it is, and whether it is still asked. */
function silentEngine() {
  const asked: AbortSignal[] = []
  const version = async (signal: AbortSignal): Promise<string> => {
    asked.push(signal)
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
  }
  return { asked, engine: { ...scriptedEngine(() => nothingFound), version } }
}

/** Reviews what changed in a repository with one committed file. */
async function reviewChange(name: string, model: RunRequest['model'] = {}) {
  const { asked, engine } = silentEngine()
  const cwd = createRepository({ [name]: '{ "a": 1 }\n' })
  write(cwd, { [name]: '{ "a": 2 }\n' })
  const request = requestIn(cwd, { work: { files: [], prompt: '', diff: {} }, model })
  const report = await run(request, { engine, signal: new AbortController().signal, emit: () => undefined })
  return { report, asked }
}

test('the engine is asked what it is while a change is read, and at the end no longer', async () => {
  const { report, asked } = await reviewChange('a.js')
  expect(report.reviewed).toHaveLength(1)
  expect(asked.map(({ aborted }) => aborted)).toEqual([true])
})

test('it is not waited for where nothing is to be asked', async () => {
  const { report, asked } = await reviewChange('package-lock.json')
  expect(report).toMatchObject({ exitCode: 0, notReviewed: [{ path: 'package-lock.json', reason: 'lock file' }] })
  expect(asked.every(({ aborted }) => aborted)).toBe(true)
})

test('an engine that may not load a model is not asked before it is needed', async () => {
  const { report, asked } = await reviewChange('a.js', { loadedOnly: true })
  expect(report.reviewed).toHaveLength(1)
  expect(asked).toEqual([])
})
