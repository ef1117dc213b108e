import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

type Plan = {
  skill: string
  scope: { kind: string; base: string | null }
  units: { path: string; startLine: number; endLine: number }[]
  requests: { label: string; messages: { role: string; content: string }[]; format: object | null }[]
  notReviewed: { path: string; reason: string; gap: boolean }[]
}

async function plan(args: string[], cwd: string, stdin?: string): Promise<Plan> {
  const run = await localBrain([...args, '--dry-run', '--format', 'json'], {
    cwd,
    ...(stdin === undefined ? {} : { stdin }),
  })
  expect(run.stderr).toBe('')
  return JSON.parse(run.stdout) as Plan
}

const told = ({ requests }: Plan) =>
  requests.flatMap(({ messages }) => messages.map(({ content }) => content)).join('\n')

const files = {
  'src/a.ts': 'export const a = 1\n',
  'src/deep/b.ts': 'export const b = 2\n',
  'src/c.js': 'export const c = 3\n',
  'dist/out.js': 'built\n',
  'package-lock.json': '{}\n',
  '.gitignore': 'dist\n',
}

describe('what is looked at', () => {
  test.each([
    ['a file', ['-f', 'src/a.ts'], ['src/a.ts']],
    ['a comma list', ['-f', 'src/a.ts,src/c.js'], ['src/a.ts', 'src/c.js']],
    ['repeated flags', ['-f', 'src/c.js', '-f', 'src/a.ts'], ['src/a.ts', 'src/c.js']],
    ['a glob', ['-f', 'src/**/*.ts'], ['src/a.ts', 'src/deep/b.ts']],
    ['a folder', ['-f', 'src'], ['src/a.ts', 'src/c.js', 'src/deep/b.ts']],
    ['a folder with a pattern, at any depth', ['-d', '.', '--pattern', '*.ts'], ['src/a.ts', 'src/deep/b.ts']],
  ])('%s', async (_, args, expected) => {
    const { root } = repository(files)
    expect((await plan(args, root)).units.map(({ path }) => path).sort()).toEqual(expected)
  })

  test('a folder leaves out what git ignores, and names what it skips by rule', async () => {
    const { root } = repository(files)
    const { units, notReviewed } = await plan(['-d', '.'], root)
    expect(units.map(({ path }) => path)).not.toContain('dist/out.js')
    expect(notReviewed).toContainEqual({ path: 'package-lock.json', reason: 'lock file', gap: false })
  })

  test('names start from the folder that the person is in', async () => {
    const { root } = repository(files)
    expect((await plan(['-f', 'b.ts'], `${root}/src/deep`)).units).toMatchObject([{ path: 'src/deep/b.ts' }])
  })
})

describe('a diff', () => {
  test('is the staged changes', async () => {
    const { root, write, git } = repository(files)
    write('src/a.ts', 'export const a = 10\n')
    git('add', '.')
    write('src/a.ts', 'export const a = 11\n')
    const staged = await plan(['--git-diff'], root)
    expect(staged.scope.kind).toBe('staged')
    expect(told(staged)).toContain('export const a = 10')
    expect(told(staged)).not.toContain('export const a = 11')
  })

  test('is the unstaged changes when nothing is staged, and says so', async () => {
    const { root, write } = repository(files)
    write('src/a.ts', 'export const a = 11\n')
    expect((await plan(['--git-diff'], root)).scope.kind).toBe('unstaged')
  })

  test('is what the branch committed with --base; what is not committed is named', async () => {
    const { root, write, git } = repository(files)
    git('checkout', '-q', '-b', 'feature')
    write('src/a.ts', 'export const a = 10\n')
    git('commit', '-qam', 'ten')
    write('src/c.js', 'export const c = 30\n')
    const since = await plan(['--base', 'main'], root)
    expect(since.scope).toMatchObject({ kind: 'base', base: 'main' })
    expect(since.units.map(({ path }) => path)).toEqual(['src/a.ts'])
    expect(since.notReviewed.map(({ path }) => path)).toContain('src/c.js')
  })
})

describe('standard input', () => {
  test('is read when nothing else was given', async () => {
    const { root } = temporaryFolder()
    const piped = await plan(['-s', 'summarize'], root, 'line one\nline two\n')
    expect(piped.scope.kind).toBe('stdin')
    expect(told(piped)).toContain('line two')
  })

  test('is read for -f - beside other files', async () => {
    const { root } = temporaryFolder({ 'a.txt': 'from a file\n' })
    const both = await plan(['-s', 'summarize', '-f', 'a.txt,-'], root, 'from a pipe\n')
    expect(told(both)).toContain('from a file')
    expect(told(both)).toContain('from a pipe')
  })

  test('goes with a prompt', async () => {
    const { root } = temporaryFolder()
    const asked = await plan(['what is this?'], root, 'piped text\n')
    expect(asked.skill).toBe('ask')
    expect(told(asked)).toMatch(/piped text[^]*what is this\?/)
  })

  test('that is not text is refused', async () => {
    const { root } = temporaryFolder()
    const run = await localBrain(['-s', 'summarize'], { cwd: root, stdin: 'a\0b\0c' })
    expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(/^error: Standard input is not text\nhint: /) })
  })
})

describe('text is read right', () => {
  test.each([
    ['UTF-8 with a byte order mark', Buffer.from('\ufeffconst ü = 1\n')],
    ['UTF-16, little end first', Buffer.from('\ufeffconst ü = 1\n', 'utf16le')],
    ['UTF-16, big end first', Buffer.from('\ufeffconst ü = 1\n', 'utf16le').swap16()],
    ['Windows line ends', Buffer.from('const ü = 1\r\n')],
  ])('%s', async (_, bytes) => {
    const { root, write } = temporaryFolder()
    write('a.ts', bytes)
    const read = await plan(['-f', 'a.ts'], root)
    expect(told(read)).toContain('const ü = 1')
    expect(told(read)).not.toContain('\ufeff')
    expect(read.units).toMatchObject([{ startLine: 1, endLine: 1 }])
  })

  test('a binary file named by a person is refused', async () => {
    const { root, write } = temporaryFolder()
    write('a.bin', Buffer.from([0, 1, 2, 3]))
    expect((await localBrain(['-f', 'a.bin'], { cwd: root })).code).toBe(2)
  })
})

describe('batch', () => {
  const skill = (batch: string) =>
    `name: x\ndescription: x\nbatch: ${batch}\nuser_prompt_template: "{{ filename }}: {{ content }}"\n`

  test('each: every file on its own', async () => {
    const { root } = temporaryFolder({ 'a.txt': 'A\n', 'b.txt': 'B\n', 'x.yaml': skill('each') })
    const { requests } = await plan(['-s', './x.yaml', '-f', 'a.txt,b.txt'], root)
    expect(requests.map(({ messages }) => messages[0]?.content)).toEqual(['a.txt: A\n', 'b.txt: B\n'])
  })

  test('together: all files in one request', async () => {
    const { root } = temporaryFolder({ 'a.txt': 'A\n', 'b.txt': 'B\n', 'x.yaml': skill('together') })
    const { requests } = await plan(['-s', './x.yaml', '-f', 'a.txt,b.txt'], root)
    expect(requests).toHaveLength(1)
    expect(requests[0]?.messages[0]?.content).toMatch(/^a\.txt, b\.txt: [^]*A\n[^]*B\n/)
  })
})

test('what looks like a template inside a file reaches the model as written', async () => {
  const { root } = temporaryFolder({ 'a.txt': '{{ 7*7 }} {% for %} <b> & "q"\n' })
  expect(told(await plan(['-s', 'summarize', '-f', 'a.txt'], root))).toContain('{{ 7*7 }} {% for %} <b> & "q"')
})

test('a dry run contacts nothing', async () => {
  const { root } = temporaryFolder({ 'a.ts': 'export const a = 1\n' })
  const server = await ollama([])
  const run = await localBrain(['--dry-run', '-f', 'a.ts'], { cwd: root, host: server.url })
  expect(run.code).toBe(0)
  expect(server.log).toEqual([])
})

test('a dry run shows exactly what is sent', async () => {
  const { root } = temporaryFolder({ 'a.ts': 'export const a = 1\n' })
  const server = await ollama([reply.json({ analysis: 'fine', findings: [] })])
  const { requests } = await plan(['-f', 'a.ts'], root)
  await localBrain(['-f', 'a.ts'], { cwd: root, host: server.url })
  const [sent] = server.requests
  expect(sent?.messages).toEqual(requests[0]?.messages)
  expect(sent?.format).toEqual(requests[0]?.format)
  expect(sent?.options).toEqual((requests[0] as unknown as { options: object }).options)
})

describe('an input that names a file', () => {
  const skill =
    'name: by-rules\ndescription: rules\ninputs: { rules: { type: file } }\nuser_prompt_template: "{{ rules }} {{ content }}"\n'
  const here = { 'by-rules.yaml': skill, 'src/a.ts': 'let a\n', 'src/rules.md': 'Be kind.\n', '.env': 'KEY=1\n' }

  test('gives the model what the file holds; its name counts from the current folder', async () => {
    const { root } = repository(here)
    const run = plan(['-s', '../by-rules.yaml', '--var', 'rules=rules.md', '-f', 'a.ts'], `${root}/src`)
    expect(told(await run)).toContain('Be kind.\n let a')
  })

  test.each(['none.md', '.env', '/etc/passwd'])('is refused before anything is asked: %s', async (file) => {
    const { root } = repository(here)
    const run = await localBrain(['-s', './by-rules.yaml', '--var', `rules=${file}`, '-f', 'src/a.ts'], { cwd: root })
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('error: Input "rules": there is no text file')
    expect(run.stderr).toContain('hint: --var rules=<file>')
  })
})
