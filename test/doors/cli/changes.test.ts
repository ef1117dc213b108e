import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { everyByte } from '../../workspace/changes/project.ts'
import { createFolder, createRepository, git, gitEnvironment, write } from '../../workspace.ts'
import { command, localBrain, slowGit } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

const edit = (path: string, old: string, now: string) => ({ name: 'edit_file', arguments: { path, old, new: now } })

/** A project as people have one: packages, hooks, staged work, work that is not staged, a file that is new. */
function project(): string {
  const top = createRepository({
    'src/a.ts': 'export const x = 1\nexport const z = x + 1\n',
    'src/staged.ts': 'one\n',
    'package.json': '{ "scripts": { "test": "node test.js" } }\n',
    '.gitignore': 'node_modules/\ndist/\n',
  })
  write(top, {
    'node_modules/left-pad/index.js': 'module.exports = 1\n',
    'dist/a.js': 'built\n',
    '.env': 'KEY=secret\n',
    'src/staged.ts': 'staged\n',
    'notes.txt': 'a note\n',
  })
  git(top, 'add', 'src/staged.ts')
  write(top, { 'src/staged.ts': 'staged and more\n', '.git/hooks/pre-commit': '#!/bin/sh\nexit 1\n' })
  chmodSync(join(top, '.git/hooks/pre-commit'), 0o755)
  return top
}

type Run = { top: string; env: Record<string, string>; script?: Parameters<typeof ollama>[0] }

const rename = () => [
  reply.calls(edit('src/a.ts', 'export const x = 1', 'export const y = 1'), edit('src/a.ts', 'z = x + 1', 'z = y + 1')),
  reply.text('Renamed x to y in src/a.ts:1.'),
]

async function run({ top, env, script = rename() }: Run, args: string[]) {
  const server = await ollama(script)
  return localBrain(['rename x to y in src/a.ts', ...args], { cwd: top, host: server.url, env })
}

/** What git keeps of the objects that it is asked about is its own business. */
const everything = (top: string) =>
  Object.fromEntries(Object.entries(everyByte(top)).filter(([path]) => !path.startsWith('.git/objects')))

const person = () => ({
  HOME: createFolder({ '.gitconfig': '[user]\n\tname = A Person\n\temail = person@example.org\n' }),
})

describe('a run that may write proposes a change', () => {
  test('the project stays as it is; apply puts the change there, undo takes it back, and every byte is as before', async () => {
    const [top, env] = [project(), person()]
    const before = everything(top)
    const ended = await run({ top, env }, ['--allow', 'write'])
    expect(ended).toMatchObject({ code: 0 })
    expect(ended.stdout).toBe(
      'Renamed x to y in src/a.ts:1.\n\n- M src/a.ts +2 −2\n\nProposed: 1 file, +2 −2. Apply: local-brain apply\n',
    )
    expect(everything(top)).toEqual(before)
    const scratch = join(env.HOME, '.cache/local-brain/scratch')
    expect(readdirSync(scratch)).toEqual([])

    expect((await localBrain(['changes'], { cwd: join(top, 'src'), env })).stdout).toMatch(
      /^\d{8}-\d{6}-[0-9a-f]{4} {2}proposed {2}1 file, \+2 −2 {2}rename x to y in src\/a\.ts\n$/,
    )
    expect(await localBrain(['apply'], { cwd: top, env })).toMatchObject({
      code: 0,
      stdout: 'M src/a.ts +2 −2\nApplied: 1 file, +2 −2. Take back: local-brain undo\n',
    })
    expect(readFileSync(join(top, 'src/a.ts'), 'utf8')).toBe('export const y = 1\nexport const z = y + 1\n')
    const changed = Object.entries(everything(top)).filter(([path, bytes]) => before[path] !== bytes)
    expect(changed.map(([path]) => path)).toEqual(['src/a.ts'])
    expect((await localBrain(['apply'], { cwd: top, env })).stderr).toMatch(
      /is applied already\nhint: local-brain undo/,
    )

    expect(await localBrain(['undo'], { cwd: top, env })).toMatchObject({ code: 0 })
    expect(everything(top)).toEqual(before)
    expect((await localBrain(['undo'], { cwd: top, env })).code).toBe(2)
    const audit = readFileSync(join(env.HOME, '.local/state/local-brain/audit.jsonl'), 'utf8')
    expect(
      audit
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { what: 'approval', tool: 'edit_file', answer: 'yes', by: 'allow' },
      { what: 'approval', tool: 'edit_file', answer: 'yes', by: 'allow' },
      { what: 'change', path: 'src/a.ts', by: 'apply' },
      { what: 'change', path: 'src/a.ts', by: 'undo' },
    ])
    expect(audit).not.toContain('export const')
  })

  test('its patch is what git apply takes, alone on standard output', async () => {
    const [top, env] = [project(), person()]
    write(top, {
      'latin.txt': Buffer.from('caf\xe9 x\n', 'latin1'),
      'src/a.ts': 'export const x = 1\r\nexport const z = x + 1\r\n',
    })
    const script = [
      reply.calls(
        edit('latin.txt', ' x', ' y'),
        edit('src/a.ts', 'export const x = 1', 'export const y = 1'),
        { name: 'write_file', arguments: { path: 'new/file.txt', content: 'no end of line' } },
        { name: 'move_file', arguments: { from: 'notes.txt', to: 'docs/notes.txt' } },
      ),
      reply.text('Done.'),
    ]
    const file = join(createFolder(), 'x.patch')
    const args = ['--allow', 'write', '--format', 'patch']
    const ended = await run({ top, env, script }, [...args, '-o', file])
    expect(ended).toMatchObject({ code: 0, stdout: '' })
    const shown = await localBrain(['changes', 'show', '--format', 'patch'], { cwd: top, env })
    expect(shown.stdout).toBe(readFileSync(file).toString())
    execFileSync('git', ['apply', file], { cwd: top, env: gitEnvironment })
    expect(readFileSync(join(top, 'latin.txt'))).toEqual(Buffer.from('caf\xe9 y\n', 'latin1'))
    expect(readFileSync(join(top, 'src/a.ts'), 'utf8')).toBe('export const y = 1\r\nexport const z = x + 1\r\n')
    expect(readFileSync(join(top, 'new/file.txt'), 'utf8')).toBe('no end of line\n')
    expect(existsSync(join(top, 'notes.txt'))).toBe(false)
  })

  test('its report says what was allowed, what changed and where the patch is', async () => {
    const [top, env] = [project(), person()]
    const log = join(env.HOME, 'log')
    const ended = await run({ top, env }, ['--allow', 'write', '--format', 'json', '--log-file', log])
    expect(reportOf(ended)).toMatchObject({
      access: { skill: 'write', allowed: ['write'], sandbox: null, network: false, scratch: 'copy' },
      changes: [
        { path: 'src/a.ts', kind: 'modify', added: 2, removed: 2, mode: '100644', sensitive: false, by: 'tool' },
      ],
      patch: expect.stringContaining('+export const y = 1') as string,
      proposal: { applied: false, branch: null },
      approvals: { asked: 0, allowed: 0, refused: 0 },
    })
    const events = readFileSync(log, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { type: string }).type)
    expect(events.filter((type) => ['snapshot', 'change'].includes(type))).toEqual([
      'snapshot',
      'change',
      'change',
      'snapshot',
    ])
  })

  test('with --apply it is in the working tree at the end', async () => {
    const [top, env] = [project(), person()]
    const ended = await run({ top, env }, ['--allow', 'write', '--apply'])
    expect(ended.stdout).toMatch(/\nApplied: 1 file, \+2 −2\. Take back: local-brain undo /)
    expect(readFileSync(join(top, 'src/a.ts'), 'utf8')).toContain('export const y')
    expect((await localBrain(['undo'], { cwd: top, env })).code).toBe(0)
    expect(readFileSync(join(top, 'src/a.ts'), 'utf8')).toContain('export const x')
  })

  test('with --branch it is a commit, and a tree that is not clean is refused before a model is asked', async () => {
    const [top, env] = [project(), person()]
    expect(await run({ top, env }, ['--allow', 'write', '--branch', 'fix/it'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there are uncommitted changes') as string,
    })
    git(top, 'reset', '-q', '--hard')
    const ended = await run({ top, env }, ['--allow', 'write', '--branch', 'fix/it'])
    expect(ended.stdout).toMatch(/\nCommitted on branch fix\/it: 1 file, \+2 −2\n$/)
    expect(git(top, 'show', 'fix/it:src/a.ts')).toContain('export const y')
    expect(git(top, 'status', '--short')).toBe('?? .env\n?? notes.txt\n')
  })

  test('applied where the disk is full, every file is as before', async () => {
    const [top, env] = [project(), person()]
    write(top, { 'long.txt': `one\n${'x\n'.repeat(50_000)}` })
    const script = [
      reply.calls(edit('src/a.ts', 'export const x = 1', 'export const y = 1'), edit('long.txt', 'one', 'two')),
      reply.text('Done.'),
    ]
    await run({ top, env, script }, ['--allow', 'write'])
    const before = everything(top)
    const through = ['bash', '-c', 'ulimit -f 64; exec "$@"', 'bash', ...command]
    expect(await localBrain(['apply'], { cwd: top, env, through })).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(
        /^error: The changes could not be written: .*; every file is as it was\nhint: make room/,
      ) as string,
    })
    expect(everything(top)).toEqual(before)
    expect((await localBrain(['apply'], { cwd: top, env })).code).toBe(0)
  })

  test('a change of the same file by the person is named, and --3way brings both together', async () => {
    const [top, env] = [project(), person()]
    const lines = (second: string) => `export const x = 1\n\n\n\n\n${second}\n`
    write(top, { 'src/a.ts': lines('last') })
    const script = [reply.calls(edit('src/a.ts', 'export const x = 1', 'export const y = 1')), reply.text('Done.')]
    await run({ top, env, script }, ['--allow', 'write'])
    write(top, { 'src/a.ts': lines('mine') })
    expect(await localBrain(['apply'], { cwd: top, env })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^error: Changed since: src\/a\.ts; nothing was written\nhint: .*--3way\n$/,
      ) as string,
    })
    expect(readFileSync(join(top, 'src/a.ts'), 'utf8')).toBe(lines('mine'))
    expect((await localBrain(['apply', '--3way'], { cwd: top, env })).code).toBe(0)
    expect(readFileSync(join(top, 'src/a.ts'), 'utf8')).toBe(lines('mine').replace('const x', 'const y'))
    write(top, { 'src/a.ts': 'edited after\n' })
    expect((await localBrain(['undo'], { cwd: top, env })).stderr).toMatch(/^error: Changed since: src\/a\.ts;/)
    expect((await localBrain(['undo', '--force'], { cwd: top, env })).code).toBe(0)
    expect(readFileSync(join(top, 'src/a.ts'), 'utf8')).toBe(lines('mine'))
  })

  test('on another branch it is refused where a file is another one there, and applied where it is the same', async () => {
    const [top, env] = [project(), person()]
    git(top, 'reset', '-q', '--hard')
    git(top, 'branch', 'same')
    git(top, 'checkout', '-q', '-b', 'other')
    write(top, { 'src/a.ts': 'export const x = 2\n' })
    git(top, 'commit', '-q', '--no-verify', '-a', '-m', 'other')
    git(top, 'checkout', '-q', 'main')
    await run({ top, env }, ['--allow', 'write'])
    git(top, 'checkout', '-q', 'other')
    const before = everything(top)
    expect(await localBrain(['apply'], { cwd: top, env })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^error: Changed since: src\/a\.ts; nothing was written\nhint: .*--3way\n$/,
      ) as string,
    })
    expect(everything(top)).toEqual(before)
    git(top, 'checkout', '-q', 'same')
    expect((await localBrain(['apply'], { cwd: top, env })).code).toBe(0)
    expect(git(top, 'diff', '--stat')).toContain('src/a.ts')
    expect((await localBrain(['undo'], { cwd: top, env })).code).toBe(0)
    expect(git(top, 'diff')).toBe('')
  })

  test('what was proposed when the server failed is kept, and said', async () => {
    const [top, env] = [project(), person()]
    const script = [
      reply.calls(edit('src/a.ts', 'export const x = 1', 'export const y = 1')),
      reply.error(500, 'broken'),
    ]
    const ended = await run({ top, env, script }, ['--allow', 'write'])
    expect(ended.code).toBe(3)
    expect(ended.stderr + ended.stdout).toMatch(/local-brain (?:changes show|apply)/)
    expect((await localBrain(['changes', 'show'], { cwd: top, env })).stdout).toContain('+export const y = 1')
  })

  test('what was changed before Ctrl-C is kept, and the copy is gone', async () => {
    const [top, env] = [project(), person()]
    const [calls] = rename()
    let stop: (signal: NodeJS.Signals) => void = () => undefined
    const interrupting = () => {
      stop('SIGINT')
      return reply.silent()
    }
    const server = await ollama([calls ?? [], interrupting])
    const args = ['rename x to y', '--allow', 'write']
    const ended = await localBrain(args, { cwd: top, host: server.url, env, onStart: (kill) => (stop = kill) })
    expect(ended.code).toBe(130)
    expect((await localBrain(['changes', 'show'], { cwd: top, env })).stdout).toContain('+export const y = 1')
    expect(readdirSync(join(env.HOME, '.cache/local-brain/scratch'))).toEqual([])
  })

  test('what was changed before Ctrl-C is kept and said, however long that takes', async () => {
    const [top, env] = [project(), { ...person(), ...slowGit(2) }]
    const [calls] = rename()
    let stop: (signal: NodeJS.Signals) => void = () => undefined
    const interrupting = () => {
      stop('SIGINT')
      return reply.silent()
    }
    const server = await ollama([calls ?? [], interrupting])
    const args = ['rename x to y', '--allow', 'write']
    const ended = await localBrain(args, { cwd: top, host: server.url, env, onStart: (kill) => (stop = kill) })
    expect(ended.stdout).toMatch(/^Proposed: 1 file, \+2 −2\. Apply: local-brain apply$/m)
    expect(ended.stderr).toContain('keeping what was changed takes longer than usual')
    expect(ended.stderr).toMatch(/^error: Interrupted$/m)
    expect(ended.code).toBe(130)
    expect((await localBrain(['changes', 'show'], { cwd: top, env })).stdout).toContain('+export const y = 1')
  })

  test('on a CI runner nothing in a patch is a command of its log; in a file it is as it is', async () => {
    const [top, env] = [project(), person()]
    write(top, { 'src/a.ts': 'export const x = 1\nexport const z = x + 1\n::warning::from the file\n' })
    const file = join(env.HOME, 'x.patch')
    const args = ['--allow', 'write', '--format', 'patch']
    const onRunner = { ...env, GITHUB_ACTIONS: 'true' }
    const printed = await run({ top, env: onRunner }, args)
    expect(printed.stdout).toContain('warning::from the file')
    expect(printed.stdout).not.toMatch(/^\s*::/m)
    expect((await run({ top, env: onRunner }, [...args, '-o', file])).code).toBe(0)
    expect(readFileSync(file, 'utf8')).toMatch(/^ ::warning::from the file$/m)
  })

  test('where no copy can be made, that is said before a model is asked', async () => {
    const [top, env] = [project(), person()]
    write(env.HOME, { '.cache': 'no folder' })
    const server = await ollama(rename())
    const ended = await localBrain(['rename x to y', '--allow', 'write'], { cwd: top, host: server.url, env })
    expect(ended).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining('hint: make room') as string })
    expect(server.requests).toEqual([])
  })

  test('an answer is there although the proposal could not be kept', async () => {
    const [top, env] = [project(), person()]
    const [calls] = rename()
    const state = join(env.HOME, '.local/state/local-brain')
    const breaking = () => {
      rmSync(join(state, 'changes'), { recursive: true })
      write(state, { changes: 'no folder' })
      return reply.text('Renamed.')
    }
    const ended = await run({ top, env, script: [calls ?? [], breaking] }, ['--allow', 'write'])
    expect(ended.stdout).toContain('Renamed.')
    expect([2, 5]).toContain(ended.code)
    expect(ended.stderr).toMatch(/^error: /m)
  })

  test('flags that would do nothing are refused', async () => {
    const [top, env] = [project(), person()]
    for (const flags of [
      ['--apply'],
      ['--branch', 'x'],
      ['--format', 'patch'],
      ['--allow', 'write', '--apply', '--branch', 'x'],
    ])
      expect(await run({ top, env }, flags)).toMatchObject({ code: 2, stdout: '' })
  })
})
