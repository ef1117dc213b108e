import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import type { ScriptSource } from '../../scripted-ollama/scripted-ollama.ts'
import { createFolder, createRepository, git, gitEnvironment } from '../../workspace.ts'
import { command, localBrain } from './local-brain.ts'
import { ollama, reportOf, toldText } from './ollama.ts'

const call = (name: string, args: Record<string, unknown>) => ({ name, arguments: args })
const edit = (path: string, old: string, now: string) => call('edit_file', { path, old, new: now })
const cart = 'export const from = 50\n'

/** A run of the built program whose model makes these calls, one reply each. */
async function run(root: string, script: ScriptSource, args: string[] = [], through?: string[]) {
  const server = await ollama(script)
  const log = join(createFolder(), 'log')
  const ended = await localBrain(['--format', 'json', '--log-file', log, ...args, 'change it'], {
    cwd: root,
    host: server.url,
    through,
  })
  const events = readFileSync(log, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { type: string; result?: string })
  const offered = server.requests[0]?.tools?.map((tool) => tool.function.name) ?? []
  const results = events.flatMap(({ type, result = '' }) => (type === 'tool_end' ? [result] : []))
  return { ended, report: reportOf(ended), events, results, offered, told: toldText(server), server }
}

const writes = ['edit_file', 'write_file', 'replace_definition', 'delete_file', 'move_file']

describe('a run that is allowed to write', () => {
  test('changes the file, tells the model what is there now, and logs each step', async () => {
    const root = createRepository({ 'src/cart.ts': cart })
    const { report, events, told, offered } = await run(
      root,
      [reply.calls(edit('src/cart.ts', '50', '50_00')), reply.text('Changed src/cart.ts:1.')],
      ['--allow', 'write'],
    )
    expect(offered).toEqual(expect.arrayContaining(writes))
    expect(report).toMatchObject({
      skill: 'fix',
      stop: 'answered',
      exitCode: 0,
      toolCalls: [{ name: 'edit_file', ok: true }],
    })
    expect(told).toContain('src/cart.ts: line 1 changed\n1| export const from = 50_00')
    expect(events.filter(({ type }) => /^(?:tool|approval|change)/.test(type))).toMatchObject([
      { type: 'tool_start', name: 'edit_file' },
      { type: 'approval_answer', answer: 'yes', by: 'allow' },
      { type: 'change', path: 'src/cart.ts', kind: 'modify', added: 1, removed: 1, by: 'tool' },
      { type: 'tool_end', ok: true },
    ])
  })

  test('understands the names of other programs, and records ours', async () => {
    const root = createRepository({ 'src/cart.ts': cart })
    const args = { file_path: 'src/cart.ts', old_string: '50', new_string: '60' }
    const { report } = await run(
      root,
      [reply.calls(call('str_replace', args)), reply.text('Done.')],
      ['--allow', 'write'],
    )
    expect(report.toolCalls).toMatchObject([{ name: 'edit_file', alias: true, ok: true }])
  })

  test('does several calls of one reply in order, each whole or not at all', async () => {
    const root = createRepository({ 'a.txt': 'one\n', 'b.txt': 'two\n', 'c.txt': 'three\n' })
    chmodSync(join(root, 'b.txt'), 0o444)
    const { report } = await run(
      root,
      [
        reply.calls(edit('a.txt', 'one', '1'), edit('b.txt', 'two', '2'), edit('c.txt', 'three', '3')),
        reply.text('Done.'),
      ],
      ['--allow', 'write'],
    )
    expect(report.toolCalls.map(({ ok }) => ok)).toEqual([true, false, true])
    expect(readFileSync(join(root, 'b.txt'), 'utf8')).toBe('two\n')
  })

  test('is told when the disk is full, and keeps what was written before', async () => {
    const long = `two\n${'x\n'.repeat(30_000)}`
    const root = createRepository({ 'a.txt': 'one\n', 'long.txt': long })
    const { report, told } = await run(
      root,
      [reply.calls(edit('a.txt', 'one', '1'), edit('long.txt', 'two', 'y'.repeat(9000))), reply.text('Done.')],
      ['--allow', 'write'],
      // No file may have more than 64 kB.
      ['bash', '-c', 'ulimit -f 64; exec "$@"', 'bash', ...command],
    )
    expect(report.toolCalls.map(({ ok }) => ok)).toEqual([true, false])
    expect(told).toContain('Error: long.txt is larger than the system allows; nothing was changed')
    expect(readFileSync(join(root, 'long.txt'), 'utf8')).toBe(long)
    expect(readdirSync(root).sort()).toEqual(['.git', 'a.txt', 'long.txt'])
  })

  test('never touches git, secrets, what is ignored or what is outside', async () => {
    const outside = createFolder()
    const root = createRepository({ '.gitignore': 'out/\n', 'a.txt': 'one\n' })
    const before = git(root, 'status', '--short') + readFileSync(join(root, '.git/config'), 'utf8')
    const paths = [
      '.git/hooks/pre-commit',
      '.GIT/config',
      '.env',
      '.local-brain/skills/x.yaml',
      'out/x',
      '../x',
      join(outside, 'x'),
    ]
    const { report } = await run(
      root,
      [reply.calls(...paths.map((path) => call('write_file', { path, content: 'x' }))), reply.text('Done.')],
      ['--allow', 'write', '--allow-path', '**'],
    )
    expect(report.toolCalls.map(({ ok }) => ok)).toEqual(paths.map(() => false))
    expect(git(root, 'status', '--short') + readFileSync(join(root, '.git/config'), 'utf8')).toBe(before)
    expect(existsSync(join(root, '.git/hooks/pre-commit'))).toBe(false)
    expect(readdirSync(outside)).toEqual([])
  })

  test('leaves files alone that something else runs, unless they are named', async () => {
    const files = { '.github/workflows/ci.yml': 'on: push\n', 'AGENTS.md': 'x\n', 'package.json': '{"scripts":{}}\n' }
    const calls = [
      edit('.github/workflows/ci.yml', 'push', 'pull_request'),
      edit('AGENTS.md', 'x', 'y'),
      edit('package.json', '{}', '{"test":"x"}'),
    ]
    const root = createRepository(files)
    const { results, report } = await run(root, [reply.calls(...calls), reply.text('Done.')], ['--allow', 'write'])
    expect(report.toolCalls.map(({ ok }) => ok)).toEqual([false, false, false])
    expect(results[0]).toContain("Error: this needs a person's consent (GitHub runs it), and there is nobody to ask")
    expect(report).toMatchObject({ stop: 'refused', exitCode: 4 })
    const named = await run(
      createRepository(files),
      [reply.calls(...calls), reply.text('Done.')],
      ['--allow', 'write', '--allow-path', '.github/**', '--allow-path', '{AGENTS.md,package.json}'],
    )
    expect(named.report.toolCalls.map(({ ok }) => ok)).toEqual([true, true, true])
    expect(named.report.changes?.map(({ sensitive }) => sensitive)).toEqual([true, true, true])
  })

  test('stops at the limit of changed files, with what was done', async () => {
    const root = createRepository({ 'a.txt': 'one\n' })
    const calls = Array.from({ length: 60 }, (_, at) => call('write_file', { path: `new/${at}.txt`, content: 'x' }))
    const { report, told } = await run(root, [reply.calls(...calls), reply.text('never asked')], ['--allow', 'write'])
    expect(report).toMatchObject({ stop: 'refused', exitCode: 4, turns: 1 })
    expect(report.toolCalls.filter(({ ok }) => ok)).toHaveLength(50)
    expect(report.warnings.join('\n')).toContain('this run has changed 50 files, which is its limit')
    expect(told).not.toContain('never asked')
  })

  test('goes on with a call that was cut off', async () => {
    const root = createRepository({ 'a.txt': 'one\n' })
    const { report, told } = await run(
      root,
      [reply.cut(''), reply.calls(edit('a.txt', 'one', '1')), reply.text('Done.')],
      ['--allow', 'write'],
    )
    expect(told).toContain(
      'your call was cut off at the limit of a reply; write the file in parts of at most 150 lines',
    )
    expect(report).toMatchObject({ stop: 'answered', exitCode: 0 })
  })
})

describe('what nobody allowed', () => {
  test('is not offered where there is no terminal, and that is said', async () => {
    const root = createRepository({ 'a.txt': 'one\n' })
    const { offered, report } = await run(
      root,
      [reply.calls(edit('a.txt', 'one', '1')), reply.text('No.')],
      ['-s', 'fix'],
    )
    expect(offered).toEqual(['read_file', 'search_code', 'list_definitions'])
    expect(report.toolCalls).toMatchObject([{ name: 'edit_file', ok: false }])
    expect(report.warnings.join()).toContain('skill "fix" may write, but nothing allows that here')
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('one\n')
  })

  test('is no part of a review or an answer, whatever is allowed', async () => {
    const root = createRepository({ 'a.ts': cart })
    for (const skill of ['code-review', 'ask']) {
      const ended = await localBrain(['-s', skill, '--allow', 'write', '-f', 'a.ts'], { cwd: root })
      expect(ended.code).toBe(2)
      expect(ended.stderr).toContain(`error: Skill "${skill}" only reads, so --allow write has no effect`)
    }
  })

  test.each([
    ['a tool above its access', 'tools: [edit_file]', 'access is read, and the tool "edit_file" needs write'],
    [
      'findings with more than reading',
      'access: write\noutput_format: findings',
      'output_format findings only reads, and access is write',
    ],
    ['a level that is none', 'access: admin', 'access must be read, write or run, got "admin"'],
    ['a scope that leaves the folder', 'access: write\nscope: [../x]', 'scope: Pattern "../x" leaves its folder'],
  ])('a skill with %s is refused', async (_, lines, message) => {
    const root = createFolder({ 's.yaml': `name: s\ndescription: d\n${lines}\nuser_prompt_template: "{{ input }}"\n` })
    const ended = await localBrain(['-s', './s.yaml', 'x'], { cwd: root })
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain(message)
  })

  test('a skill writes only within its scope and its limits', async () => {
    const skill =
      'name: s\ndescription: d\naccess: write\ntools: [write_file]\nscope: [src/**]\nlimits: { changed_files: 1 }\nuser_prompt_template: "{{ input }}"\n'
    const root = createRepository({ 's.yaml': skill })
    const file = (path: string) => call('write_file', { path, content: 'x' })
    const { report, results } = await run(
      root,
      [reply.calls(file('a.txt'), file('src/a.txt'), file('src/b.txt')), reply.text('Done.')],
      ['-s', './s.yaml', '--allow', 'write'],
    )
    expect(report.toolCalls.map(({ ok }) => ok)).toEqual([false, true, false])
    expect(results[0]).toContain('a.txt is outside of what may be written here: src/**')
  })

  test('wrong levels end with a hint', async () => {
    const ended = await localBrain(['--allow', 'all', 'x'], { cwd: createFolder() })
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain('"all" is not one of read, write, run and net')
  })
})

const hasScript = spawnSync('script', ['--version']).status === 0

/** A run on a terminal; each answer is typed when the program asks. */
async function onTerminal(
  root: string,
  script: ScriptSource,
  { args, answers }: { args: string[]; answers: string[] },
) {
  const server = await ollama(script)
  const words = [...command, ...args, 'change it'].map((word) => `'${word}'`).join(' ')
  const env = { ...gitEnvironment, HOME: createFolder(), OLLAMA_HOST: server.url, TERM: 'xterm', NO_COLOR: '1' }
  const child = spawn('script', ['-qec', words, '/dev/null'], { cwd: root, env })
  let shown = ''
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString()
    if (/\(n\) $|why not: $/.test(chunk.toString())) child.stdin.write(`${answers.shift() ?? 'q'}\n`)
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  return { shown: shown.replaceAll('\r', ''), code, told: toldText(server) }
}

describe.runIf(hasScript)('on a terminal', () => {
  test('each change is shown and asked about, and what was said reaches the model', async () => {
    const root = createRepository({ 'a.txt': 'one\n', 'b.txt': 'two\n' })
    const { shown, told, code } = await onTerminal(
      root,
      [reply.calls(edit('a.txt', 'one', '1'), edit('b.txt', 'two', '2')), reply.text('Done.')],
      { args: ['-s', 'fix', '--timeout', '30'], answers: ['y', 'e', 'b stays'] },
    )
    expect(shown).toContain('edit_file a.txt\n @@ -1,1 +1,1 @@\n -one\n +1\n[y]es  [a]lways in this session')
    expect(told).toContain('Error: the person said no: b stays. Do not try it again in another way')
    expect(code).toBe(0)
    expect(readFileSync(join(root, 'b.txt'), 'utf8')).toBe('two\n')
  })

  test('Ctrl-C at a question ends the run, and an input that ends is no', async () => {
    const root = createRepository({ 'a.txt': 'one\n' })
    const script = () => [reply.calls(edit('a.txt', 'one', '1')), reply.text('Done.')]
    const stopped = await onTerminal(root, script(), { args: ['-s', 'fix'], answers: ['\u0003'] })
    expect(stopped.code).toBe(130)
    const ended = await onTerminal(root, script(), { args: ['-s', 'fix'], answers: ['\u0004'] })
    expect(ended.told).toContain('Error: the person said no.')
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('one\n')
  })

  test('nothing is asked with --no-ask', async () => {
    const root = createRepository({ 'AGENTS.md': 'one\n' })
    const { shown, told } = await onTerminal(root, [reply.calls(edit('AGENTS.md', 'one', '1')), reply.text('Done.')], {
      args: ['--allow', 'write', '--no-ask'],
      answers: [],
    })
    expect(shown).not.toContain('[y]es')
    expect(told).toContain("this needs a person's consent (agents obey it)")
  })
})
