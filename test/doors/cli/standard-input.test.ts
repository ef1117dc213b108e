import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { createFolder } from '../../workspace.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf, toldText } from './ollama.ts'

const begun = (pipe: Writable) => void pipe.write('hello\n')

/** A byte now and then, for ever. */
function dripping(pipe: Writable) {
  const drops = setInterval(() => pipe.write('.'), 100)
  pipe.on('close', () => clearInterval(drops))
}

describe('a pipe that never ends does not outlive --timeout, which counts from the start of the program', () => {
  test.each<[string, string[], null | ((pipe: Writable) => void)]>([
    ['nothing comes', ['-s', 'explain', '-f', '-'], null],
    ['nothing comes, and nothing else was given', ['-s', 'explain'], null],
    ['it began', ['-s', 'explain', '-f', '-'], begun],
    ['it began, with a question', ['what is this?'], begun],
    ['it drips', ['-s', 'explain', '-f', '-'], dripping],
    ['it drips, with a question', ['what is this?'], dripping],
    ['beside a file', ['-s', 'explain', '-f', 'a.txt,-'], begun],
    ['in a dry run', ['--dry-run', '-s', 'explain', '-f', '-'], begun],
    ['for a review', ['--format', 'compact', '-f', '-'], dripping],
  ])('%s', async (_, args, stdin) => {
    const server = await ollama([])
    const cwd = createFolder({ 'a.txt': 'alpha\n' })
    const run = await localBrain([...args, '--timeout', '3'], { cwd, host: server.url, stdin })
    expect(run).toMatchObject({ code: 4, stdout: '' })
    expect(run.ms).toBeLessThan(5000)
    expect(run.stderr).toMatch(
      /^waiting for (text on|the end of) standard input .*\nerror: The time limit of 3 s was reached before standard input ended\nhint: .*<\/dev\/null.*--timeout 6\n$/,
    )
    expect(server.requests).toEqual([])
  })

  test('whoever reads JSON gets the document', async () => {
    const args = ['--format', 'json', '-s', 'explain', '-f', '-', '--timeout', '1']
    const run = await localBrain(args, { cwd: createFolder(), stdin: begun })
    expect(reportOf(run)).toMatchObject({ stop: 'time_limit', exitCode: 4, error: { code: 'timeout' } })
  })

  test('the time that a skill sets holds too', async () => {
    const skill = 'name: x\ndescription: x\nuser_prompt_template: "{{ content }}"\nlimits: { timeout: 1 }\n'
    const run = await localBrain(['-s', './x.yaml', '-f', '-'], { cwd: createFolder({ 'x.yaml': skill }), stdin: null })
    expect(run).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('The time limit of 1 s was reached') as string,
    })
  })

  test('what the wait took is not there for the model', async () => {
    const server = await ollama([reply.silent()])
    const late = (pipe: Writable) => void wait(2000).then(() => pipe.end('hello\n'))
    const args = ['-s', 'explain', '-f', '-', '--timeout', '3']
    const run = await localBrain(args, { cwd: createFolder(), host: server.url, stdin: late })
    expect(run.code).toBe(4)
    expect(run.ms).toBeLessThan(5000)
  })
})

test('a slow pipe that ends is read to its end', async () => {
  const server = await ollama([reply.text('Three words.')])
  const slow = async (pipe: Writable) => {
    for (const word of ['one\n', 'two\n', 'three\n']) {
      pipe.write(word)
      await wait(900)
    }
    pipe.end()
  }
  const run = await localBrain(['what is this?'], {
    cwd: createFolder(),
    host: server.url,
    stdin: (pipe) => void slow(pipe),
  })
  expect(run).toMatchObject({ code: 0, stdout: 'Three words.\n' })
  expect(toldText(server)).toContain('one\ntwo\nthree\n')
  expect(run.stderr).toMatch(/^waiting for the end of standard input /)
})

test('a question does not wait long for a pipe through which nothing comes, and says so', async () => {
  const server = await ollama([reply.text('hello')])
  const run = await localBrain(['hi there'], { cwd: createFolder(), host: server.url, stdin: null })
  expect(run).toMatchObject({ stdout: 'hello\n', code: 0 })
  expect(run.stderr).toMatch(/^nothing came through standard input; going on without it \(-f - waits for it\)\n/)
})

test('what lies in the pipe is read, however busy the machine is', async () => {
  const server = await ollama([reply.text('Two words.')])
  const run = await localBrain(['what is this?'], {
    cwd: createFolder(),
    host: server.url,
    stdin: 'two words',
    env: { NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, 'busy-start.mjs')).href}` },
  })
  expect(run).toMatchObject({ code: 0, stderr: '' })
  expect(toldText(server)).toContain('two words')
})

test('text that comes when a question was asked without it is named in the report', async () => {
  const middle = hold()
  const server = await ollama([reply.text('hel', middle, 'lo')])
  const run = await localBrain(['hi there', '--format', 'json'], {
    cwd: createFolder(),
    host: server.url,
    stdin: (pipe) => void middle.reached.then(() => pipe.write('a log\n', () => middle.release())),
  })
  const said = 'text came through standard input when the run had gone on without it, and was not read'
  expect(JSON.parse(run.stdout)).toMatchObject({ answer: 'hello', warnings: [expect.stringContaining(said)] })
  expect(toldText(server)).not.toContain('a log')
})

test('-q waits without a word', async () => {
  const run = await localBrain(['-q', '-s', 'explain', '-f', '-', '--timeout', '3'], {
    cwd: createFolder(),
    stdin: null,
  })
  expect(run.stderr).toMatch(/^error: .*\nhint: .*\n$/)
})
