import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { createFolder } from '../../workspace.ts'
import { command, localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

const files = { 'a.ts': 'export const a = 1\n' }

describe('whoever asks for JSON gets one whole document, whatever is wrong', () => {
  test.each([
    ['an unknown flag after it', ['--format', 'json', '--bogus', '-f', 'a.ts']],
    ['an unknown flag before it', ['--bogus', '-f', 'a.ts', '--format', 'json']],
    ['a number that is none', ['-f', 'a.ts', '--max-turns', 'many', '--format', 'json']],
    ['a value that is missing', ['--format', 'json', '-f', 'a.ts', '-m']],
    ['the flag in one word', ['--format=json', '--fail-on', 'hgih', '-f', 'a.ts']],
    ['the flag given twice', ['--format', 'markdown', '--bogus', '--format', 'json']],
    ['in capitals', ['--format', 'JSON', '-f', 'a.ts']],
    ['a file that is missing', ['--format', 'json', '-f', 'none.ts']],
    ['nothing to work on', ['--format', 'json']],
    ['a log that can not be opened', ['--format', 'json', '--log-file', 'none/x', '-f', 'a.ts'], 5],
    ['in a dry run', ['--format', 'json', '--dry-run', '-f', 'none.ts']],
    ['no report to print again', ['last', '--format', 'json']],
    ['an unknown flag of `last`', ['last', '--bogus', '--format=json']],
    ['a file that is no report', ['last', '--from', 'a.ts', '--format', 'json']],
    ['a flag that stands before `last`', ['--format', 'json', 'last']],
  ])('%s', async (_, args, code = 2) => {
    const run = await localBrain(args, { cwd: createFolder(files) })
    const { error, exitCode } = reportOf(run)
    expect(run.stderr).toBe(`error: ${error?.message}\nhint: ${error?.hint}\n`)
    expect({ exitCode, code: run.code }).toEqual({ exitCode: code, code })
  })

  test.each([
    ['no such word', ['-f', 'a.ts', '--bogus']],
    ['a question about it', ['--bogus', '--', '--format', 'json']],
    ['a command that prints no report', ['doctor', '--format', 'json']],
  ])('and nobody else: %s', async (_, args) => {
    expect(await localBrain(args, { cwd: createFolder(files) })).toMatchObject({ stdout: '', code: 2 })
  })

  test('a good report is the only document when the log fails afterwards', async () => {
    const server = await ollama([reply.text('The answer.')])
    const args = ['--format', 'json', '--log-file', '/dev/full', 'what is a?']
    const run = await localBrain(args, { cwd: createFolder(files), host: server.url })
    expect(run.code).toBe(5)
    expect(reportOf(run).answer).toBe('The answer.')
  })
})

describe('a usage error says what was probably meant by the command that was typed, and guesses nothing else', () => {
  test.each([
    [['--bogus'], 'local-brain --help'],
    [['--git-dif'], 'did you mean --git-diff?'],
    [['--ouput=x', 'a?'], 'did you mean --output?'],
    [['--format', 'markdwon', 'a?'], 'did you mean --format markdown?'],
    [['--format', 'pdf', 'a?'], 'local-brain --help'],
    [['last', '--bogus'], 'local-brain last --help'],
    [['last', '--fromat', 'json'], 'did you mean --format?'],
    [['skills', 'show'], 'local-brain skills show --help'],
    [['skills', 'elephant'], 'local-brain skills --help'],
    [['hook', 'run'], 'local-brain hook run --help'],
    [['hook'], 'local-brain hook --help'],
    [['last', 'weeks', 'changes'], 'local-brain last --help; quote a question that begins with "last"'],
    [['-f', 'a.ts', 'doctor'], 'local-brain help doctor'],
    [['--host', 'http://127.0.0.1:1', 'models'], 'write --host after "models"'],
  ])('%j', async (args, hint) => {
    const run = await localBrain(args, { cwd: createFolder(files) })
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toMatch(/^error: .*\nhint: .*\n$/)
    expect(run.stderr.split('hint: ')[1]?.trimEnd()).toBe(hint)
  })
})

describe('flags of which one would be dropped are refused, and the error names both', () => {
  test.each([
    [['-q', '-v', 'a?'], '-q and -v contradict each other', 'leave one of them out'],
    [['--quiet', '--verbose', '-f', 'a.ts'], '-q and -v contradict each other', 'leave one of them out'],
    [['--focus', 'a', '--var', 'focus=b', '-f', 'a.ts'], '--focus and --var focus=', 'leave one of them out'],
    [['--var', 'kind=code', '--kind', 'ticket', '-f', 'a.ts'], '--kind and --var kind=', 'leave one of them out'],
    [['--option', 'num_ctx=4096', 'a?'], '--option num_ctx has no effect', '--num-ctx 4096'],
    [['--option', 'num_predict=5', 'a?'], '--option num_predict has no effect', 'leave it out'],
    [['--git-diff', '-f', 'a.ts'], "A diff and files can't be reviewed in one run", 'leave out --git-diff or -f'],
    [['--pattern', '*.ts', '-f', 'a.ts'], '--pattern needs --dir', "--dir . --pattern '*.ts'"],
    [['--keep-alive', 'soon', 'a?'], "'soon' is invalid. It has to be a duration", 'local-brain --help'],
  ])('%j', async (args, error, hint) => {
    const run = await localBrain(args, { cwd: createFolder(files) })
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain(error)
    expect(run.stderr).toContain(`hint: ${hint}`)
  })

  test.each([
    ['the same value twice', ['--focus', 'a', '--var', 'focus=a']],
    ['-q without -v', ['-q']],
    ['another option of the model', ['--option', 'top_k=5']],
    ['a plan of what -o would hold', ['-o', 'r.md']],
  ])('but not %s', async (_, args) => {
    const run = await localBrain([...args, '--dry-run', '-f', 'a.ts'], { cwd: createFolder(files) })
    expect(run).toMatchObject({ code: 0, stderr: '' })
  })
})

test.each([
  ['-1', -1],
  ['0', 0],
  ['10m', '10m'],
  ['1h30m', '1h30m'],
])('--keep-alive %s reaches Ollama as %j, the form it takes', async (value, expected) => {
  const server = await ollama([reply.text('Yes.')])
  await localBrain(['--keep-alive', value, 'is it?'], { cwd: createFolder(), host: server.url })
  expect(server.requests[0]?.keep_alive).toBe(expected)
})

// bun says so in words of its own before anything of ours runs.
test.skipIf(command.length === 1)('a folder that was removed is named', async () => {
  const through = ['bash', '-c', 'mkdir gone; cd gone; rmdir ../gone; exec "$@"', 'bash', ...command]
  expect(await localBrain(['hello'], { cwd: createFolder(), through })).toMatchObject({
    code: 2,
    stderr: 'error: The current folder was removed\nhint: cd to another one\n',
  })
})
