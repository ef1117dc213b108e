import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { type Folder, repository, temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf, toldText } from './ollama.ts'
import { lookedAt, plan } from './plan.ts'

const program = 'export const a = 1\n'

/** A folder with a file, and beside it what it has links to. */
function project() {
  const around = temporaryFolder({
    'project/a.js': program,
    'beside/b.js': program,
    'beside/deep/c.js': program,
    'beside/id_rsa': 'key\n',
  })
  const root = join(around.root, 'project')
  const link = (target: string, name: string) => symlinkSync(target, join(root, name))
  return { root, beside: join(around.root, 'beside'), link, write: around.write }
}

/** What a run that is refused says, with exit code 2 and nothing asked. */
async function refused(args: string[], cwd: string): Promise<string> {
  const server = await ollama([])
  const run = await localBrain(args, { cwd, host: server.url })
  expect(run).toMatchObject({ code: 2, stdout: '' })
  expect(server.requests).toEqual([])
  return run.stderr
}

describe('what is no file says what it is', () => {
  test.each([['-f'], ['-d']])('a pipe, after %s', async (flag) => {
    const { root, link } = project()
    execFileSync('mkfifo', [join(root, 'pipe')])
    link('pipe', 'alias')
    for (const name of ['pipe', 'alias']) {
      expect(await refused([flag, name], root)).toBe(
        `error: "${name}" is a pipe, not a file\nhint: pipe into the program: <command> | local-brain -f -\n`,
      )
    }
  })

  test('a socket', async () => {
    const { root } = project()
    const listening = createServer()
    await new Promise<void>((done) => void listening.listen(join(root, 'socket'), done))
    onTestFinished(() => void listening.close())
    expect(await refused(['-f', 'socket'], root)).toMatch(/^error: "socket" is a socket, not a file\nhint: .*-f -\n$/)
  })

  test('a device, wherever it lies', async () => {
    const { root, link } = project()
    link('/dev/zero', 'zero')
    for (const name of ['/dev/null', 'zero']) {
      expect(await refused(['-f', name], root)).toContain(`error: "${name}" is a device, not a file\n`)
    }
  })

  test('a link that leads nowhere, or in a circle', async () => {
    const { root, link } = project()
    link('gone.js', 'broken.js')
    link('loop', 'loop')
    expect(await refused(['-f', 'broken.js'], root)).toContain('"broken.js" is a link to "gone.js", where nothing')
    expect(await refused(['-f', 'loop'], root)).toContain('"loop" is a link to "loop", where nothing')
  })

  test('a file where a folder has to be', async () => {
    const { root } = project()
    expect(await refused(['-d', 'a.js'], root)).toBe(
      'error: "a.js" is a file, not a folder\nhint: local-brain -f a.js\n',
    )
  })

  test('and what does not exist still does not', async () => {
    const { root } = project()
    expect(await refused(['-f', 'b.js'], root)).toBe('error: File "b.js" does not exist\nhint: did you mean a.js?\n')
    expect(await refused(['-f', 'none/*.js'], root)).toContain('error: File "none" does not exist\n')
  })
})

describe('what leads outside says so, with a root that opens it', () => {
  /** Takes the hint at its word: the flags behind `local-brain`. */
  async function follow(stderr: string, cwd: string): Promise<string[]> {
    const [, words = ''] = /^hint: open that folder: local-brain (.*)$/m.exec(stderr) ?? []
    expect(words).not.toBe('')
    return lookedAt(await plan(['-s', 'code-review', ...words.split(' ')], cwd))
  }

  const cases: [string, string[], string, string[]][] = [
    ['a link to a file', ['-f', 'file.js'], '"file.js" leads outside', ['b.js']],
    ['a linked folder', ['-f', 'folder'], '"folder" leads outside', ['b.js', 'deep/c.js']],
    ['a linked folder after -d', ['-d', 'folder'], '"folder" leads outside', ['b.js', 'deep/c.js']],
    ['a file behind it', ['-f', 'folder/b.js'], '"folder/b.js" leads outside', ['b.js']],
    ['a folder behind it', ['-d', 'folder/deep'], '"folder/deep" leads outside', ['c.js']],
    ['a glob behind it', ['-f', 'folder/*.js'], '"folder/*.js" leads outside', ['b.js', 'deep/c.js']],
    ['a pattern behind it', ['-d', 'folder', '--pattern', '*.js'], '"folder" leads outside', ['b.js', 'deep/c.js']],
    ['a path that goes up', ['-f', '../beside/b.js'], '"../beside/b.js" lies outside', ['b.js']],
  ]
  test.each(cases)('%s', async (_, args, words, opened) => {
    const { root, beside, link } = project()
    link(join(beside, 'b.js'), 'file.js')
    link(beside, 'folder')
    const stderr = await refused(args, root)
    expect(stderr).toContain(`error: ${words} of "${root}"\n`)
    expect(await follow(stderr, root)).toEqual(opened)
  })

  test('but not to a secret, which no root opens', async () => {
    const { root, beside, link } = project()
    link(join(beside, 'id_rsa'), 'notes.txt')
    expect(await refused(['-f', 'notes.txt'], root)).toMatch(
      /^error: "notes\.txt" leads outside .*\nhint: .*not meant to be shown.*: local-brain < notes\.txt\n$/,
    )
  })

  test('and a link that stays inside is read', async () => {
    const { root, link } = project()
    mkdirSync(join(root, 'src'))
    link('../a.js', 'src/same.js')
    link('src', 'source')
    expect(lookedAt(await plan(['-s', 'code-review', '-f', 'source/same.js'], root))).toEqual(['source/same.js'])
  })
})

test.each([
  ['.env', '.env'],
  ['conf/.env', 'conf/.env'],
  ['alias.txt', 'alias.txt'],
  ['my keys/id_rsa', "'my keys/id_rsa'"],
])('a secret keeps its words, with a hint that works: %s', async (name, word) => {
  const { root, link, write } = project()
  for (const path of ['.env', 'conf/.env', 'my keys/id_rsa']) write(`project/${path}`, 'KEY=1\n')
  link('.env', 'alias.txt')
  expect(await refused(['-f', name], root)).toBe(
    `error: "${name}" is not open to a model\nhint: its name or folder says that it is not meant to be shown; to have it read all the same: local-brain < ${word}\n`,
  )
})

describe('names with line breaks and tabs are read', () => {
  const odd = ['d/one\ntwo.js', 'tab\there.js', 'return\r.js', 'line\u2028separator.txt']
  const create = () => Object.fromEntries(odd.slice(0, 3).map((name) => [name, program]))

  const kinds: [string, (files: Record<string, string>) => Folder][] = [
    ['a folder', temporaryFolder],
    ['a repository', repository],
  ]
  test.each(kinds)('by name, by folder and by glob, in %s', async (_, made) => {
    const { root } = made({ ...create(), 'a.js': program })
    const looked = async (...args: string[]) => lookedAt(await plan(['-s', 'code-review', ...args], root))
    for (const name of odd.slice(0, 3)) expect(await looked('-f', name)).toEqual([name])
    const all = ['a.js', ...odd.slice(0, 3)].sort()
    expect(await looked('-d', '.')).toEqual(all)
    expect(await looked('-d', '.', '--pattern', '*.js')).toEqual(all)
    expect(await looked('-f', 'd/one\n*')).toEqual([odd[0]])
    expect(await looked('-f', '**/*.js')).toEqual(all)
  })

  test('as changes, with the finding at that name', async () => {
    const folder = repository(create())
    for (const name of odd.slice(0, 3)) folder.write(name, `${program}export const b = a / zero\n`)
    const server = await ollama((request) =>
      request.messages.some(({ content }) => content.includes('one\\ntwo.js')) && request.format !== undefined
        ? reply.json({
            analysis: 'x',
            findings: [
              {
                quote: 'export const b = a / zero',
                defect: 'wrong-result',
                severity: 'low',
                title: 'Divides',
                message: 'zero is nothing',
                trigger: 'always',
                suggestion: '',
              },
            ],
          })
        : reply.json({ analysis: 'x', findings: [] }),
    )
    const args = ['--git-diff', '--no-verify-findings', '--format', 'json']
    const run = await localBrain(args, { cwd: folder.root, host: server.url })
    const { findings, reviewed } = reportOf(run)
    expect(reviewed.map(({ path }) => path).sort()).toEqual(odd.slice(0, 3).sort())
    expect(findings?.map(({ path, startLine }) => [path, startLine])).toEqual([['d/one\ntwo.js', 2]])
    const compact = await localBrain(['last', '--format', 'compact'], { cwd: folder.root, host: server.url })
    expect(compact.stdout.split('\n').some((line) => line.startsWith('two.js'))).toBe(false)
  })

  test('by a model, which is told each on one line and can copy it', async () => {
    const folder = repository(create())
    folder.write('d/one\ntwo.js', `${program}${program}`)
    const call = (name: string, args: Record<string, unknown> = {}) => reply.calls({ name, arguments: args })
    const server = await ollama([
      call('list_directory', { pattern: '**/*.js' }),
      call('read_file', { path: 'd/one\ntwo.js' }),
      call('search_code', { pattern: 'export' }),
      call('list_definitions', { path: 'd/one\ntwo.js' }),
      reply.text('Done.'),
    ])
    const run = await localBrain(['what is in here?'], { cwd: folder.root, host: server.url })
    expect(run.code).toBe(0)
    const results = server.requests
      .at(-1)
      ?.messages.filter(({ role }) => role === 'tool')
      .map(({ content }) => content)
    for (const result of results ?? []) expect(result).toMatch(/d\/one\\ntwo\.js|tab\\there\.js/)
    expect(results?.[1]).toContain('export const a = 1')
    expect(toldText(server)).not.toMatch(/^two\.js/m)
  })

  test('and a name with other control characters is refused with a hint that works', async () => {
    const { root } = temporaryFolder({ 'a\u0001.js': program })
    expect(await refused(['-f', 'a\u0001.js'], root)).toMatch(
      /^error: "a\\u\{1\}\.js" is not open to a model\nhint: its name has characters that are not shown; .*local-brain < \$'a\\u0001\.js'\n$/,
    )
  })
})
