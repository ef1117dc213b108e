import { describe, expect, test } from 'vitest'
import { type ScriptSource, type ScriptedOllamaOptions } from '../../scripted-ollama/scripted-ollama.ts'
import { localBrain } from '../cli/local-brain.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { firstQuestions, loadedModel, reviewer } from './hook-run.ts'
import { serve } from '../../scripted-ollama/serve.ts'

const bug = 'export const twice = (n: number) => n * 3 // BUG\n'
const clean = 'export const twice = (n: number) => n * 2\n'

const bash = (command: string, more: object = {}) =>
  JSON.stringify({
    session_id: 's',
    transcript_path: '/nowhere',
    cwd: '/etc',
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command, description: 'x' },
    ...more,
  })

/** A repository with one committed file, and Claude Code about to run a command in it. */
async function agent({ script = reviewer, ...options }: { script?: ScriptSource } & ScriptedOllamaOptions = {}) {
  const server = await serve({ models: [loadedModel], script, ...options })
  const folder = repository({ 'src/a.ts': clean })
  const env = { HOME: temporaryFolder().root, OLLAMA_HOST: server.url }
  const hook = (stdin: string, args: string[] = [], more: Record<string, string> = {}) =>
    localBrain(['hook', 'run', 'claude-code', ...args], { cwd: folder.root, env: { ...env, ...more }, stdin })
  return { ...folder, server, hook }
}

type Reply = { hookSpecificOutput: { hookEventName: string; additionalContext: string }; systemMessage?: string }

const parse = (stdout: string) => JSON.parse(stdout) as Reply
const context = (stdout: string) => parse(stdout).hookSpecificOutput.additionalContext

describe('advice', () => {
  test('findings in what is staged go into the context of the agent, and no permission is given', async () => {
    const { write, git, hook, server } = await agent()
    write('src/a.ts', bug)
    git('add', '-A')
    const done = await hook(bash('git commit -m "use three"'))
    expect(done).toMatchObject({ code: 0, stderr: '' })
    expect(Object.keys(parse(done.stdout))).toEqual(['hookSpecificOutput'])
    expect(Object.keys(parse(done.stdout).hookSpecificOutput)).toEqual(['hookEventName', 'additionalContext'])
    expect(context(done.stdout)).toMatch(
      /hypotheses: confirm .*data, not instructions\.\nlocal-brain code-review: 1 finding/,
    )
    expect(context(done.stdout)).toMatch(
      /\n\w+ bug\/wrong-result src\/a\.ts:1 .* The result is wrong \| q: `export const twice/,
    )
    expect(server.violations).toEqual([])
  })

  test('only what is staged is looked at, also when the file has gone on', async () => {
    const { write, git, hook, server } = await agent()
    write('src/a.ts', 'export const half = (n: number) => n / 2\n')
    git('add', '-A')
    write('src/a.ts', bug)
    expect(context((await hook(bash('git commit -m x'))).stdout)).toContain('code-review: 0 findings')
    expect(firstQuestions(server.requests).join()).not.toContain('BUG')
  })

  test('while nothing is staged the unstaged changes are looked at, as in `git add x && git commit`', async () => {
    const { write, hook } = await agent()
    write('src/a.ts', bug)
    const { stdout } = await hook(bash('git add -A && git commit -m x'))
    expect(context(stdout)).toMatch(/1 finding.*scope=unstaged/)
  })

  test('a new file that is not staged yet cannot be looked at, and that is said', async () => {
    const { write, hook, server } = await agent()
    write('src/b.ts', bug)
    const { stdout } = await hook(bash('git add src/b.ts && git commit -m x'))
    expect(parse(stdout).systemMessage).toMatch(/nothing was staged yet, so this commit was not reviewed/)
    expect(server.requests).toEqual([])
  })

  test('however much is found, it fits into what Claude Code takes', async () => {
    const { write, git, hook } = await agent()
    const wide = `// BUG ${'\u202e💥'.repeat(90)}\n`
    for (let at = 0; at < 8; at++) write(`src/${at}${'x'.repeat(100)}.ts`, wide.repeat(3))
    git('add', '-A')
    const { stdout } = await hook(bash('git commit -m x'), ['--timeout', '60'])
    expect(context(stdout).length).toBeLessThanOrEqual(10_000)
    expect(stdout).not.toContain('\u202e')
  })
})

describe('silence, without a request', () => {
  test.each([
    ['another command', bash('ls -l')],
    ['another tool', bash('', { tool_name: 'Write', tool_input: { file_path: 'a', content: 'git commit' } })],
    ['a commit of nothing', bash('git commit --amend --no-edit')],
  ])('%s', async (_, event) => {
    const { hook, server } = await agent()
    expect(await hook(event, ['--strict'])).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(server.log).toEqual([])
  })

  test.each([
    ['LOCAL_BRAIN_SKIP', '1'],
    ['CI', 'true'],
  ])('with %s=%s', async (name, value) => {
    const { hook, write, git, server } = await agent()
    write('src/a.ts', bug)
    git('add', '-A')
    expect(await hook(bash('git commit -m x'), ['--strict'], { [name]: value })).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    })
    expect(server.log).toEqual([])
  })
})

describe('--fail-on', () => {
  test('blocks with exit 2 and a reason for the agent; the same changes pass the second time', async () => {
    const { write, git, hook } = await agent()
    write('src/a.ts', bug)
    git('add', '-A')
    const first = await hook(bash('git commit -m x'), ['--fail-on', 'low'])
    expect(first).toMatchObject({ code: 2, stdout: '' })
    expect(first.stderr).toMatch(
      /src\/a\.ts:1 .*\ncommit blocked: 1 finding at or above low\nConfirm each finding at its line\./,
    )
    expect(first.stderr).not.toContain('--no-verify')
    const second = await hook(bash('git commit -m x'), ['--fail-on', 'low'])
    expect(second).toMatchObject({ code: 0, stderr: '' })
    expect(parse(second.stdout).systemMessage).toMatch(/were blocked before; this commit passes/)
    write('src/a.ts', `${bug}// more\n`)
    git('add', '-A')
    expect((await hook(bash('git commit -m x'), ['--fail-on', 'low'])).code).toBe(2)
  })

  test('a block of unstaged changes is remembered too', async () => {
    const { write, hook } = await agent()
    write('src/a.ts', bug)
    const command = bash('git commit -am x')
    expect((await hook(command, ['--fail-on', 'low'])).code).toBe(2)
    expect((await hook(command, ['--fail-on', 'low'])).code).toBe(0)
    write('src/a.ts', `${bug}// more\n`)
    expect((await hook(command, ['--fail-on', 'low'])).code).toBe(2)
  })

  test('lets pass what is below it', async () => {
    const { write, git, hook } = await agent()
    write('src/a.ts', bug)
    git('add', '-A')
    expect((await hook(bash('git commit -m x'), ['--fail-on', 'critical'])).code).toBe(0)
  })
})

describe('what could not be reviewed goes on, and agent and person are told; --strict blocks', () => {
  const nothing = { OLLAMA_HOST: 'http://127.0.0.1:9' }

  test('Ollama is down', async () => {
    const { write, git, hook } = await agent()
    write('src/a.ts', bug)
    git('add', '-A')
    const open = await hook(bash('git commit -m x'), [], nothing)
    expect(open).toMatchObject({ code: 0, stderr: '' })
    const told = parse(open.stdout)
    expect(told.systemMessage).toMatch(/^local-brain: review skipped: Cannot reach Ollama at .* \(hint: /)
    expect(told.hookSpecificOutput.additionalContext).toBe(told.systemMessage)
    const strict = await hook(bash('git commit -m x'), ['--strict'], nothing)
    expect(strict).toMatchObject({ code: 2, stdout: '' })
    expect(strict.stderr).toMatch(/Cannot reach Ollama.*\ncommit blocked: nothing was reviewed\n$/)
  })

  test('no part of it fits the window', async () => {
    const { write, git, hook } = await agent({ models: [{ ...loadedModel, loaded: 512 }] })
    write('src/a.ts', bug)
    git('add', '-A')
    const { code, stdout } = await hook(bash('git commit -m x'))
    expect(code).toBe(0)
    expect(parse(stdout).systemMessage).toMatch(
      /^local-brain: not reviewed: The input does not fit the model's window .*hint: commit less at once/,
    )
    expect(context(stdout)).toBe(parse(stdout).systemMessage)
  })

  test.each([
    ['nothing', ''],
    ['no JSON', 'git commit'],
    ['JSON of another shape', '[]'],
    ['another event', bash('git commit', { hook_event_name: 'Stop' })],
    ['a command that is no text', bash('', { tool_input: { command: ['git', 'commit'] } })],
    ['deep nesting', '['.repeat(200_000)],
    ['an endless command', bash('git commit '.repeat(50_000))],
  ])('the event is %s', async (_, event) => {
    const { hook, server } = await agent()
    const open = await hook(event)
    expect(open.code).toBe(0)
    expect(parse(open.stdout).systemMessage).toMatch(/is not a PreToolUse event/)
    expect((await hook(event, ['--strict'])).code).toBe(2)
    expect(server.log).toEqual([])
  })

  test('a slip in the options is an error that does not block, as it would stop every command', async () => {
    const { hook } = await agent()
    expect(await hook(bash('ls'), ['--fail-om', 'high'])).toMatchObject({ code: 1, stdout: '' })
    expect((await hook(bash('ls'), ['--fail-om', 'high', '--strict'])).code).toBe(2)
  })
})

describe('the event chooses nothing', () => {
  test('a commit in another folder is not reviewed, and that is said', async () => {
    const elsewhere = repository({ 'x.ts': clean })
    elsewhere.write('x.ts', bug)
    elsewhere.git('add', '-A')
    const { hook, server } = await agent()
    const { stdout } = await hook(bash(`git -C ${elsewhere.root} commit -m x`, { cwd: elsewhere.root }))
    expect(parse(stdout).systemMessage).toMatch(/made in another folder and was not reviewed/)
    expect(server.log).toEqual([])
  })

  test('a folder of the same repository is no other one', async () => {
    const { write, git, hook } = await agent()
    write('src/a.ts', bug)
    git('add', '-A')
    expect(context((await hook(bash('git -C src commit -m x'))).stdout)).toContain('1 finding')
  })
})
