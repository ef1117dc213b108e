import { describe, expect, test } from 'vitest'
import { createFolder, createRepository } from '../../workspace.ts'
import { localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

const files = {
  'src/a.ts': 'export const a = 1\n',
  'src/b.ts': 'export const b = 2\n',
  'src/c.ts': 'export const c = 3\n',
  'my notes.md': 'Notes.\n',
  'x,y.ts': 'export const xy = 4\n',
}

/** Runs a command line that no model may hear of, and hands back the hint. */
async function refused(args: string[], folder = createFolder(files)): Promise<string> {
  const server = await ollama([])
  const run = await localBrain(args, { cwd: folder, host: server.url })
  expect(run).toMatchObject({ code: 2, stdout: '' })
  expect(server.requests).toEqual([])
  return /^error: .*\nhint: (.*)\n$/.exec(run.stderr)?.[1] ?? run.stderr
}

/** What a command line would look at, and what it says about that. */
async function planned(args: string[], folder = createFolder(files)) {
  const run = await localBrain(['--dry-run', '--format', 'json', ...args], { cwd: folder })
  expect(run.code).toBe(0)
  type Plan = { units: { path: string }[]; requests: { messages: { content: string }[] }[] }
  const { units, requests } = JSON.parse(run.stdout) as Plan
  const told = requests.flatMap(({ messages }) => messages.map(({ content }) => content)).join('\n')
  return { paths: units.map(({ path }) => path), told, stderr: run.stderr }
}

describe('names of files where a question belongs are refused, and the hint is the command that was meant', () => {
  test.each([
    ['a file', ['-s', 'code-review', '--fail-on', 'high', 'src/a.ts'], 'local-brain -s code-review -f src/a.ts'],
    ['a folder', ['src'], 'local-brain -f src'],
    ['the folder that one is in', ['.'], 'local-brain -f .'],
    ['several, as another program appends them', ['src/a.ts', 'src/b.ts'], 'local-brain -f src/a.ts,src/b.ts'],
    ['several in one word', ['-s', 'explain', 'src/a.ts src/b.ts'], 'local-brain -s explain -f src/a.ts,src/b.ts'],
    ['several after --', ['--', 'src/a.ts', 'src/b.ts'], 'local-brain -f src/a.ts,src/b.ts'],
    ['a list', ['src/a.ts,src/b.ts'], 'local-brain -f src/a.ts,src/b.ts'],
    ['a glob', ['src/*.ts'], "local-brain -f 'src/*.ts'"],
    ['a name with a blank', ['my notes.md'], "local-brain -f 'my notes.md'"],
    ['a name with a comma', ['x,y.ts'], 'local-brain -f x,y.ts'],
    ['more than fit a line', Object.keys(files).slice(0, 3), 'local-brain -f src/a.ts,src/b.ts,src/c.ts'],
    ['standard input', ['-s', 'summarize', '-'], 'local-brain -s summarize -f -'],
    ['beside --git-diff', ['--git-diff', 'src/a.ts'], 'local-brain -f src/a.ts'],
    ['beside a question in quotes', ['is it safe?', 'src/a.ts'], "local-brain -f src/a.ts 'is it safe?'"],
  ])('%s', async (_, args, hint) => {
    expect(await refused(args)).toBe(hint)
  })

  test('in every format, with one document for who reads JSON', async () => {
    const run = await localBrain(['src/a.ts', '--format', 'json'], { cwd: createFolder(files) })
    expect(JSON.parse(run.stdout)).toMatchObject({
      error: { code: 'usage', hint: 'local-brain -f src/a.ts' },
      exitCode: 2,
    })
  })
})

describe('words after -f', () => {
  test('that all name files are taken as files, which is said', async () => {
    const { paths, stderr, told } = await planned(['-s', 'code-review', '-f', 'src/a.ts', 'src/b.ts', 'src/c.ts'])
    expect(paths).toEqual(['src/a.ts', 'src/b.ts', 'src/c.ts'])
    expect(stderr).toMatch(/^note: "src\/b\.ts" and "src\/c\.ts" taken as files too; quote a glob/)
    expect(told).not.toContain('src/b.ts src/c.ts')
  })

  test.each([
    ['before the question', ['-s', 'code-review', '-f', 'src/a.ts', 'src/b.ts', 'is it safe?']],
    ['after the question', ['-s', 'code-review', 'is it safe?', '-f', 'src/a.ts', 'src/b.ts']],
    ['before a question without quotes', ['-s', 'code-review', '--files', 'src/a.ts', 'src/b.ts', 'is', 'it', 'safe?']],
    ['with the first name in one word with the flag', ['-s', 'code-review', '-fsrc/a.ts', 'src/b.ts', 'is it safe?']],
  ])('that are files beside a question are refused: %s', async (_, args) => {
    const hint = await refused(args)
    expect(hint).toContain('quote the glob, or separate names by commas')
    expect(hint).toContain("local-brain -s code-review -f src/a.ts,src/b.ts 'is it safe?'")
  })
})

describe('a question stays a question', () => {
  test.each([
    ['that mentions a file', ['what does src/a.ts do?'], 'what does src/a.ts do?'],
    ['that mentions a file, without quotes', ['what', 'does', 'src/a.ts', 'do'], 'what does src/a.ts do'],
    ['about two files', ['-f', 'src/a.ts', 'how', 'does', 'it', 'differ', 'from', 'src/b.ts'], 'how does it differ'],
    ['of one word', ['hello'], 'hello'],
    ['of one word with a question mark', ['why?'], 'why?'],
    ['that begins with help', ['help', 'me', 'understand', 'this'], 'help me understand this'],
    ['with the name of a skill in it', ['explain', 'the', 'retries'], 'explain the retries'],
    ['with the name of a command in it', ['which models are there?'], 'which models are there?'],
    ['about a file that is not there', ['src/none.ts'], 'src/none.ts'],
    ['that looks like a slip, after --', ['--', 'skils'], 'skils'],
    ['that is a slip, with a skill named', ['-s', 'ask', 'skils'], 'skils'],
  ])('%s', async (_, args, question) => {
    expect((await planned(args)).told).toContain(question)
  })
})

describe('a slip of the pen is not sent to a model', () => {
  test.each([
    ['a command', ['skils'], 'did you mean "local-brain skills"?'],
    ['two letters swapped', ['dcotor'], 'did you mean "local-brain doctor"?'],
    ['with a flag of the run', ['-v', 'modles'], 'did you mean "local-brain models"?'],
    ['a command of a command', ['skils', 'lst'], 'did you mean "local-brain skills list"?'],
    ['with its argument', ['skils', 'show', 'ask'], 'did you mean "local-brain skills show ask"?'],
    ['the help', ['hlep'], 'did you mean "local-brain help"?'],
    ['the help of a command', ['help', 'skils'], 'did you mean "local-brain help skills"?'],
    ['below a command', ['skills', 'shw'], 'did you mean "local-brain skills show"?'],
    ['below a command that needs one', ['hook', 'instal', 'pre-commit'], 'did you mean "local-brain hook install"?'],
    ['the name of a hook', ['hook', 'install', 'pre-comit'], 'did you mean pre-commit?'],
    ['the name of a shell', ['completion', 'bsh'], 'did you mean bash?'],
    ['a skill', ['code-review', '-f', 'src/a.ts'], 'local-brain -s code-review -f src/a.ts'],
    ['a skill with its file', ['code-review', 'src/a.ts'], 'local-brain -s code-review -f src/a.ts'],
    ['a skill alone', ['explain'], 'local-brain -s explain -f <file>'],
    ['nearly a skill', ['code-reveiw', '--git-diff'], 'did you mean "local-brain -s code-review --git-diff"?'],
    ['half of a skill', ['review', '-f', 'src/a.ts'], 'did you mean "local-brain -s code-review -f src/a.ts"?'],
    ['the version', ['version'], 'did you mean "local-brain --version"?'],
  ])('%s', async (_, args, hint) => {
    expect(await refused(args)).toBe(hint)
  })

  test('a skill of this repository is known too, though nothing of it is read', async () => {
    const skill = 'name: porting\ndescription: x\nuser_prompt_template: "{{ content }}"\n'
    const folder = createRepository({ ...files, '.local-brain/skills/porting/skill.yaml': skill })
    expect(await refused(['portnig', '-f', 'src/a.ts'], folder)).toBe(
      'did you mean "local-brain -s porting -f src/a.ts"?',
    )
  })

  test.each([
    ['-s', 'code-reviw'],
    ['skills', 'show', 'code-reviw'],
  ])('%s %s names the skill that was meant', async (...args) => {
    const run = await localBrain(args, { cwd: createFolder() })
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean code-review?') as string })
  })

  test.each([[['help']], [['help', 'skills']], [['help', 'hook', 'run']]])('%j prints the help', async (args) => {
    const run = await localBrain(args, { cwd: createFolder() })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toContain(`Usage: ${['local-brain', ...args.slice(1)].join(' ')}`)
  })
})

test.each(['code-review', 'security-review'])('%s without anything to look at is no clean review', async (skill) => {
  expect(await refused(['-s', skill, 'look for races'])).toBe(`local-brain -s ${skill} --git-diff, or -f <file>`)
})
