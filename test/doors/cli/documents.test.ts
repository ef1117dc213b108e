import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { ChatBody } from '../../scripted-ollama/chat-body.ts'
import { type ScriptSource, type ScriptedOllamaOptions, hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { type Folder, repository, temporaryFolder } from '../../workspace-fixture.ts'
import { type Ended, type Invocation, localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

const file = join(import.meta.dirname, '..', '..', '..', 'schema', 'report.schema.json')
const published = z.fromJSONSchema(JSON.parse(readFileSync(file, 'utf8')) as Parameters<typeof z.fromJSONSchema>[0])

type Document = Record<string, unknown> & {
  findings: Record<string, unknown>[] | null
  toolCalls: Record<string, unknown>[]
  reviewed: Record<string, unknown>[]
  notReviewed: Record<string, unknown>[]
  exitCode: number
  stop: string
}

/** What every document has, whatever came of the run. */
const members = {
  '': 'schema tool skill model scope answer findings reviewed notReviewed dropped toolCalls turns stop usage warnings exitCode',
  tool: 'name version',
  model: 'name digest contextLength toolCalling',
  scope: 'kind base root',
  dropped: 'ungrounded refuted duplicate suppressed capped',
  usage: 'promptTokens outputTokens loadMs promptMs outputMs totalMs modelCalls cacheHits',
  error: 'code message hint',
}
const findingMembers =
  'id rule category severity confidence section path startLine endLine side anchor quote title message trigger suggestion verified'

function expectMembers(value: object, names: string): void {
  expect.soft(Object.keys(value)).toEqual(expect.arrayContaining(names.split(' ')))
}

/** The document of a run, and with it that nothing it should hold is missing. */
function documentOf(run: Ended): Document {
  const document = JSON.parse(run.stdout) as Document
  expect(published.safeParse(document).error).toBeUndefined()
  for (const [place, names] of Object.entries(members)) {
    const value = place === '' ? document : document[place]
    if (value === null || (place === 'error' && value === undefined)) continue
    expectMembers(value as object, names)
  }
  for (const finding of document.findings ?? []) expectMembers(finding, findingMembers)
  for (const call of document.toolCalls) expectMembers(call, 'turn name arguments ok recovered chars ms')
  for (const part of document.reviewed) expectMembers(part, 'path startLine endLine')
  for (const part of document.notReviewed) expectMembers(part, 'path reason gap')
  expect(document.exitCode).toBe(run.code)
  expect((document['usage'] as { totalMs: number }).totalMs).toBeGreaterThan(0)
  if (document.exitCode > 1) expect(document).toHaveProperty('error')
  return document
}

const finding = {
  quote: 'export const a = 1 / zero',
  line: 1,
  category: 'bug',
  defect: 'wrong-result',
  severity: 'high',
  title: 'Divides by nothing',
  message: 'zero is not defined anywhere, so this line throws.',
  trigger: 'always',
}

const review = (...findings: object[]) => reply.json({ analysis: 'One line divides.', findings })
const isSecondLook = ({ messages }: ChatBody) => messages.some(({ content }) => content.includes('verdict'))
const reviewer: ScriptSource = (request) =>
  isSecondLook(request) ? reply.json({ evidence: 'line 1', verdict: 'real' }) : review(finding)

const files = { 'a.js': 'export const a = 1 / zero\n' }

type Way = {
  name: string
  args: string[]
  script?: ScriptSource
  server?: ScriptedOllamaOptions
  /** Default: a folder with one file. */
  folder?: () => Folder
  how?: (cwd: string) => Partial<Invocation>
  expected: Partial<Document> & { errorCode?: string }
}

const staged = () => {
  const folder = repository(files)
  folder.write('a.js', 'export const a = 1\n')
  return folder
}

const ways: Way[] = [
  {
    name: 'an answer after a tool call',
    args: ['what is it?'],
    script: [reply.calls({ name: 'read_file', arguments: { path: 'a.js' } }), reply.text('It divides.')],
    expected: { exitCode: 0, stop: 'answered' },
  },
  { name: 'findings', args: ['-f', 'a.js'], script: reviewer, expected: { exitCode: 0, stop: 'answered' } },
  {
    name: 'findings at --fail-on',
    args: ['-f', 'a.js', '--fail-on', 'low'],
    script: reviewer,
    expected: { exitCode: 1, stop: 'answered' },
  },
  {
    name: 'a review of changes',
    args: ['--git-diff'],
    folder: staged,
    script: () => review(),
    expected: { exitCode: 0 },
  },
  {
    name: 'a review since a base',
    args: ['--base', 'HEAD'],
    folder: staged,
    script: () => review(),
    expected: { exitCode: 0 },
  },
  {
    name: 'piped text',
    args: ['-s', 'summarize'],
    how: () => ({ stdin: 'some text\n' }),
    script: () => reply.text('Text.'),
    expected: { exitCode: 0 },
  },
  { name: 'a flag that does not exist', args: ['--bogus'], expected: { exitCode: 2, errorCode: 'usage' } },
  { name: 'a value that is wrong', args: ['--max-turns', 'many'], expected: { exitCode: 2, errorCode: 'usage' } },
  { name: 'nothing to work on', args: [], expected: { exitCode: 2, errorCode: 'usage' } },
  { name: 'a word that is a skill', args: ['code-review'], expected: { exitCode: 2, errorCode: 'usage' } },
  {
    name: 'a skill that does not exist',
    args: ['-s', 'none', '-f', 'a.js'],
    expected: { exitCode: 2, errorCode: 'unknown-skill', skill: 'none', scope: { kind: 'files' } },
  },
  {
    name: 'a skill file that is wrong',
    args: ['-s', './bad.yaml', '-f', 'a.js'],
    folder: () => temporaryFolder({ ...files, 'bad.yaml': 'name: [' }),
    expected: { exitCode: 2, errorCode: 'invalid-skill' },
  },
  {
    name: 'a skill of the repository that is not trusted',
    args: ['-s', 'own', '-f', 'a.js'],
    folder: () => repository({ ...files, '.local-brain/skills/own/skill.yaml': 'name: own\n' }),
    expected: { exitCode: 2, errorCode: 'untrusted-skill' },
  },
  { name: 'a file that does not exist', args: ['-f', 'b.js'], expected: { exitCode: 2, errorCode: 'missing-file' } },
  {
    name: 'a file that is not text',
    args: ['-f', 'a.bin'],
    folder: () => temporaryFolder({ 'a.bin': 'a\u0000\u0001b' }),
    expected: { exitCode: 2, errorCode: 'unreadable-file' },
  },
  {
    name: 'no repository',
    args: ['--git-diff'],
    expected: { exitCode: 2, errorCode: 'not-a-repository', skill: 'code-review', scope: { kind: 'staged' } },
  },
  {
    name: 'a revision that does not exist',
    args: ['--base', 'nowhere'],
    folder: () => repository(files),
    expected: { exitCode: 2, errorCode: 'unknown-revision', scope: { kind: 'base', base: 'nowhere' } },
  },
  {
    name: 'a fault in the configuration',
    args: ['-f', 'a.js'],
    folder: () => temporaryFolder({ ...files, 'home/.config/local-brain/config.yaml': 'model: [' }),
    how: (cwd) => ({ env: { HOME: join(cwd, 'home') } }),
    expected: { exitCode: 2, errorCode: 'invalid-config' },
  },
  {
    name: 'a server that is not there',
    args: ['-f', 'a.js'],
    how: () => ({ host: 'http://127.0.0.1:9' }),
    expected: { exitCode: 3, errorCode: 'unreachable' },
  },
  {
    name: 'a remote host',
    args: ['-f', 'a.js'],
    how: () => ({ host: 'http://192.0.2.1:11434' }),
    expected: { exitCode: 3, errorCode: 'remote-refused' },
  },
  {
    name: 'a model that is not installed',
    args: ['-f', 'a.js', '-m', 'none'],
    expected: { exitCode: 3, errorCode: 'model-missing' },
  },
  {
    name: 'a server without models',
    args: ['-f', 'a.js'],
    server: { models: [] },
    expected: { exitCode: 3, errorCode: 'model-missing' },
  },
  {
    name: 'a server that fails',
    args: ['-f', 'a.js'],
    script: () => reply.error(500, 'cuda error'),
    expected: { exitCode: 3 },
  },
  {
    name: 'a time limit before the answer',
    args: ['-f', 'a.js', '--timeout', '2'],
    script: () => reply.silent(),
    expected: { exitCode: 4, stop: 'time_limit', errorCode: 'timeout' },
  },
  {
    name: 'a time limit in the middle of an answer',
    args: ['what is it?', '--timeout', '2'],
    script: () => reply.text('It is', hold(), ' a.'),
    expected: { exitCode: 4, stop: 'time_limit', errorCode: 'timeout', answer: 'It is' },
  },
  {
    name: 'a time limit while standard input is idle',
    args: ['-f', '-', '--timeout', '2'],
    how: () => ({ stdin: null }),
    expected: { exitCode: 4, stop: 'time_limit', errorCode: 'timeout', scope: { kind: 'stdin' } },
  },
  {
    name: 'a reply that is no review',
    args: ['-f', 'a.js'],
    script: () => reply.text('Looks good to me.'),
    expected: { exitCode: 4, stop: 'unusable', errorCode: 'unusable' },
  },
  {
    name: 'an answer of nothing but thoughts',
    args: ['what is it?'],
    script: () => reply.text('<think>hm</think>'),
    expected: { exitCode: 4, stop: 'unusable', errorCode: 'unusable' },
  },
  {
    name: 'the last turn',
    args: ['what is it?', '--max-turns', '1'],
    script: () => reply.text('It is a.'),
    expected: { exitCode: 0, stop: 'turn_limit' },
  },
  {
    name: 'a model that repeats itself',
    args: ['what is it?'],
    script: (request) =>
      request.tools === undefined
        ? reply.text('It is a.')
        : reply.calls({ name: 'read_file', arguments: { path: 'a.js' } }),
    expected: { exitCode: 0, stop: 'repeated' },
  },
  {
    name: 'a window that is too small',
    args: ['-f', 'a.js', '--num-ctx', '512'],
    expected: { exitCode: 4, stop: 'context_full', errorCode: 'overflow' },
  },
  {
    name: 'no changes',
    args: ['--git-diff'],
    folder: () => repository(files),
    expected: { exitCode: 0, stop: 'answered' },
  },
  {
    name: 'only what a rule leaves out',
    args: ['-d', '.'],
    folder: () => temporaryFolder({ 'a.bin': 'a\u0000\u0001b' }),
    expected: { exitCode: 0, stop: 'answered' },
  },
  { name: 'no earlier report', args: ['last'], expected: { exitCode: 2, errorCode: 'usage' } },
  {
    name: 'a saved report that is none',
    args: ['last', '--from', 'a.js'],
    expected: { exitCode: 2, errorCode: 'usage' },
  },
]

describe('the document holds every member after', () => {
  test.each(ways)('$name', async ({ args, script = () => review(), server, folder, how, expected }) => {
    const cwd = (folder ?? (() => temporaryFolder(files)))().root
    const { url } = await ollama(script, server)
    const { errorCode, ...rest } = expected
    const document = documentOf(await localBrain([...args, '--format', 'json'], { cwd, host: url, ...how?.(cwd) }))
    expect(document).toMatchObject(errorCode === undefined ? rest : { ...rest, error: { code: errorCode } })
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 143],
  ] as const)('%s', async (signal, exitCode) => {
    const { root } = temporaryFolder(files)
    const middle = hold()
    const server = await ollama(() => reply.text('It is', middle, ' a.'))
    let kill: (signal: NodeJS.Signals) => void = () => undefined
    const run = localBrain(['what is it?', '--format', 'json'], {
      cwd: root,
      host: server.url,
      onStart: (how) => (kill = how),
    })
    await middle.reached
    kill(signal)
    expect(documentOf(await run)).toMatchObject({ exitCode, stop: 'interrupted', error: { code: 'interrupted' } })
  })

  test('a run from the cache, and the same again from `last`', async () => {
    const { root } = temporaryFolder({ ...files, home: '' })
    const home = temporaryFolder().root
    const server = await ollama(reviewer)
    const run = (...args: string[]) =>
      localBrain([...args, '--format', 'json'], { cwd: root, host: server.url, env: { HOME: home } })
    const first = documentOf(await run('-f', 'a.js'))
    const again = documentOf(await run('-f', 'a.js'))
    expect(again.usage).toMatchObject({ cacheHits: 1, modelCalls: 0 })
    expect(again.findings).toMatchObject(first.findings ?? [])
    expect(again.findings?.[0]).toMatchObject({ new: false })
    const { stdout, code } = await run('last')
    expect(JSON.parse(stdout)).toEqual(again)
    expect(code).toBe(0)
  })

  test('a log that could not be written', async () => {
    const { root } = temporaryFolder(files)
    const server = await ollama(reviewer)
    const run = await localBrain(['-f', 'a.js', '--format', 'json', '--log-file', '/dev/full'], {
      cwd: root,
      host: server.url,
    })
    expect(documentOf(run)).toMatchObject({ exitCode: 5, error: { code: 'output' }, findings: [{ path: 'a.js' }] })
  })

  test('a report that could not be written', async () => {
    const { root } = temporaryFolder(files)
    const server = await ollama(reviewer)
    const run = await localBrain(['-f', 'a.js', '--format', 'json', '-o', 'none/r.json'], {
      cwd: root,
      host: server.url,
    })
    expect(documentOf(run)).toMatchObject({ exitCode: 5, error: { code: 'output' }, findings: [{ path: 'a.js' }] })
  })

  // What was reviewed and what was not is the whole input, whatever came of the run.
  test.each([
    ['the server fails at the first part', 3, [], async () => (await ollama(() => reply.error(500, 'broken'))).url],
    ['no server is there', 3, [], async () => 'http://127.0.0.1:9'],
    ['the time is up before', 4, ['--timeout', '1'], async () => (await ollama(() => reply.silent())).url],
  ])('names all of the input when %s', async (_, exitCode, flags, host) => {
    const names = Array.from({ length: 40 }, (_, at) => `f${10 + at}.js`)
    const { root } = temporaryFolder(Object.fromEntries(names.map((name) => [name, 'x = 1\n'.repeat(200)])))
    const args = ['-s', 'code-review', '-d', '.', '--format', 'json', ...flags]
    const document = documentOf(await localBrain(args, { cwd: root, host: await host() }))
    expect(document).toMatchObject({ exitCode, reviewed: [] })
    expect(document.notReviewed.map(({ path }) => String(path)).sort()).toEqual(names)
    expect(document.notReviewed.every(({ gap, reason }) => gap === true && reason !== '')).toBe(true)
  })
})
