import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { type Ended, localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

/** Every failure is two lines: what, and something to type. */
function expectTwoLines(run: Ended, error: RegExp, hint: RegExp, code: number) {
  const lines = run.stderr.trimEnd().split('\n')
  expect(lines.at(-2)).toMatch(error)
  expect(lines.at(-1)).toMatch(hint)
  expect(run.stdout).toBe('')
  expect(run.code).toBe(code)
}

describe('wrong usage is exit 2', () => {
  test.each([
    ['an unknown flag', ['--git-dif'], /^error: unknown option '--git-dif'$/, /^hint: .*--git-diff/],
    ['an unknown skill', ['-s', 'code-reveiw', '-f', 'a.ts'], /^error: .*code-reveiw/, /^hint: /],
    ['a missing file', ['-f', 'b.ts'], /^error: .*b\.ts/, /^hint: /],
    ['a wrong number', ['--max-turns', '0', 'x'], /^error: .*--max-turns/, /^hint: /],
    ['a wrong format', ['--format', 'xml', 'x'], /^error: .*--format/, /^hint: /],
    ['a pattern without a folder', ['--pattern', '*.ts'], /^error: --pattern needs --dir$/, /^hint: --dir/],
    ['a diff outside a repository', ['--git-diff'], /^error: .*not (in )?a git repository/, /^hint: /],
    ['a threshold without findings', ['--fail-on', 'high', '-s', 'ask', 'x'], /^error: .*--fail-on/, /^hint: /],
    ['an unknown input', ['--var', 'focsu=x', '-f', 'a.ts'], /^error: .*focsu/, /^hint: /],
  ])('%s', async (_, args, error, hint) => {
    const { root } = temporaryFolder({ 'a.ts': 'export const a = 1\n' })
    expectTwoLines(await localBrain(args, { cwd: root }), error, hint, 2)
  })

  test('no arguments and nothing piped: what it is, five examples, and where more is, on one screen', async () => {
    const { root } = temporaryFolder()
    const run = await localBrain([], { cwd: root })
    expect(run).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage: local-brain') })
    const lines = run.stderr.trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(20)
    expect(lines.filter((line) => line.length > 100)).toEqual([])
    expect(run.stderr).toContain('local-brain --help ')
  })

  test('an empty pipe', async () => {
    const { root } = temporaryFolder()
    const run = await localBrain([], { cwd: root, stdin: '' })
    expectTwoLines(run, /^error: Standard input is empty$/, /^hint: /, 2)
  })
})

describe('the server is at fault: exit 3', () => {
  test('nobody listens', async () => {
    const { root } = temporaryFolder()
    const run = await localBrain(['hello'], { cwd: root })
    expectTwoLines(
      run,
      /^error: Cannot reach Ollama at http:\/\/127\.0\.0\.1:9$/,
      /^hint: .*ollama serve.*OLLAMA_HOST/,
      3,
    )
  })

  test('the model is not installed', async () => {
    const { root } = temporaryFolder()
    const server = await ollama([])
    const run = await localBrain(['-m', 'scriptd', 'hello'], { cwd: root, host: server.url })
    expectTwoLines(run, /^error: Model "scriptd" is not installed$/, /^hint: .*scripted.*/, 3)
  })

  test('with --format json standard output is still one JSON document', async () => {
    const { root } = temporaryFolder()
    const run = await localBrain(['--format', 'json', 'hello'], { cwd: root })
    expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'unreachable' }, exitCode: 3 })
    expect(run.code).toBe(3)
  })
})

describe('the answer is at fault: exit 4, and what there is of it is shown', () => {
  test('it was cut', async () => {
    const { root } = temporaryFolder()
    const server = await ollama([reply.cut('The first half of')])
    const run = await localBrain(['hello'], { cwd: root, host: server.url })
    expect(run).toMatchObject({ stdout: 'The first half of\n\n[Incomplete: the answer was cut]\n', code: 4 })
    expect(run.stderr).toContain('cut')
  })
})

test('an interrupted run ends with 130 and stops the generation on the server', async () => {
  const { root } = temporaryFolder()
  let kill: (signal: NodeJS.Signals) => void = () => undefined
  const server = await ollama(() => {
    kill('SIGINT')
    return reply.silent('so far')
  })
  const run = await localBrain(['hello'], { cwd: root, host: server.url, onStart: (send) => (kill = send) })
  expect(run.code).toBe(130)
  expect(server.cancellations).toBe(1)
})

test('nothing to review is no failure: exit 0 and one line', async () => {
  const { root } = repository({ 'a.ts': 'export const a = 1\n' })
  const run = await localBrain(['--git-diff'], { cwd: root })
  expect(run).toMatchObject({ stdout: 'No changes to review\n', code: 0 })
})

test('what is wrong with the work is said before what is wrong with the server', async () => {
  const { root } = repository({ 'a.ts': 'export {}\n' })
  const missing = await localBrain(['-f', 'absent.ts'], { cwd: root })
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('"absent.ts" does not exist') as string })
  const nothing = await localBrain(['--git-diff'], { cwd: root })
  expect(nothing).toMatchObject({ code: 0, stderr: '' })
})
