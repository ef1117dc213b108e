import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { displayWidth } from '../../../src/text/width.ts'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { createFolder, createRepository } from '../../workspace.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'
import { hasTerminal, onTerminal, textOf } from './terminal.ts'

/** Asks in a folder and gets this answer. */
async function answered(cwd: string, text: string, env: Record<string, string>, args: string[] = []) {
  const server = await ollama([reply.text(text)])
  expect(await localBrain([...args, 'what is it?'], { cwd, host: server.url, env })).toMatchObject({ code: 0 })
}

const none = /^error: There is no report about this project yet\nhint: local-brain --git-diff/

describe('the last report belongs to its project', () => {
  test.each(['markdown', 'compact', 'json', 'sarif', 'github', 'rdjson'])(
    'elsewhere there is none: %s',
    async (format) => {
      const env = { HOME: createFolder() }
      await answered(createRepository(), 'Of the first.', env)
      const run = await localBrain(['last', '--format', format], { cwd: createRepository(), env })
      expect(run.code).toBe(2)
      expect(run.stderr).toMatch(none)
      expect(run.stdout).not.toContain('Of the first')
    },
  )

  test('a run elsewhere does not take it away', async () => {
    const env = { HOME: createFolder() }
    const [first, second] = [createRepository(), createRepository()]
    await answered(first, 'Of the first.', env)
    await answered(second, 'Of the second.', env)
    expect((await localBrain(['last'], { cwd: first, env })).stdout).toBe('Of the first.\n')
    expect((await localBrain(['last'], { cwd: second, env })).stdout).toBe('Of the second.\n')
  })

  test('folders that are no repository are projects of their own', async () => {
    const env = { HOME: createFolder() }
    const [first, second] = [createFolder(), createFolder()]
    await answered(first, 'Of the first.', env)
    expect((await localBrain(['last'], { cwd: second, env })).stderr).toMatch(none)
    expect((await localBrain(['last'], { cwd: first, env })).stdout).toBe('Of the first.\n')
  })

  test('a repository inside another one is one of its own', async () => {
    const env = { HOME: createFolder() }
    const outer = createRepository()
    const inner = join(outer, 'vendor/inner')
    mkdirSync(inner, { recursive: true })
    spawnSync('git', ['init', '-q'], { cwd: inner })
    await answered(outer, 'Of the outer.', env)
    expect((await localBrain(['last'], { cwd: inner, env })).stderr).toMatch(none)
  })

  test.each([
    ['a folder of the repository', 'src', []],
    ['the top, after a run in a folder of it', '.', ['--root', 'src']],
    ['a link to the repository', 'link', []],
  ])('it is found from %s', async (_, from, args) => {
    const env = { HOME: createFolder() }
    const top = createRepository({ 'src/a.txt': 'alpha\n' })
    symlinkSync(top, join(top, 'link'))
    await answered(top, 'Of the project.', env, args)
    expect((await localBrain(['last'], { cwd: join(top, from), env })).stdout).toBe('Of the project.\n')
  })

  test('a run with --root elsewhere is about that project', async () => {
    const env = { HOME: createFolder() }
    const [here, there] = [createRepository(), createRepository()]
    await answered(here, 'Of there.', env, ['--root', there])
    expect((await localBrain(['last'], { cwd: there, env })).stdout).toBe('Of there.\n')
    expect((await localBrain(['last'], { cwd: here, env })).stderr).toMatch(none)
  })
})

test.each(['pipe', '/dev/zero'])('a saved report that is no file is refused at once: %s', async (from) => {
  const cwd = createFolder()
  spawnSync('mkfifo', ['pipe'], { cwd })
  const run = await localBrain(['last', '--from', from, '--format', 'json'], { cwd })
  expect(reportOf(run)).toMatchObject({ error: { code: 'missing-file' }, exitCode: 2 })
  expect(run.stderr).toContain('it is not a file')
  expect(run.ms).toBeLessThan(5000)
})

test('a page links to the files of this machine, and one of a saved report to none', async () => {
  const env = { HOME: createFolder() }
  const root = createRepository({ 'src/a.ts': 'export const a = 1\n' })
  writeFileSync(join(root, 'src/a.ts'), 'export const a = 1\ndebugger\n')
  const server = await ollama([reply.json({ analysis: 'x', findings: [] })])
  const at = { cwd: join(root, 'src'), host: server.url, env }
  const link = `<a href="vscode://file${root}/src/a.ts:2">src/a.ts:2</a>`
  expect((await localBrain(['--git-diff', '--format', 'html'], at)).stdout).toContain(link)
  expect((await localBrain(['last', '--format', 'html'], at)).stdout).toContain(link)
  await localBrain(['last', '--format', 'json', '-o', 'report.json'], at)
  const saved = await localBrain(['last', '--from', 'report.json', '--format', 'html'], at)
  expect(saved.stdout).toContain('src/a.ts:2')
  expect(saved.stdout).not.toContain('vscode:')
})

const answer = `# What it is

It adds **numbers**; [the docs](https://example.org/docs/of/this) say <b>more</b>, and ![a picture](https://example.org/a.png).

| name | what it does |
|---|---|
| sum | adds the numbers of a list and returns what that comes to |

- one
  - another that is long enough to go on below itself on a narrow terminal
`

describe.skipIf(!hasTerminal).each([40, 80, 120])('on a terminal of %d columns', (columns) => {
  test('an answer looks as it did when it was given', async () => {
    const server = await ollama([reply.text(answer)])
    const at = createFolder()
    const screen = { columns, env: { HOME: createFolder(), NO_COLOR: '1' } }
    const asked = textOf(await onTerminal(['what is it?'], at, server.url, screen).ended).trim()
    expect(asked).toMatch(/the docs\s+\(https:\/\/example\.org/)
    const again = textOf(await onTerminal(['last'], at, server.url, screen).ended).trim()
    expect(again).toBe(asked)
    expect(again.split('\n').filter((line) => displayWidth(line) > columns)).toEqual([])
  })
})
