import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest'
import type * as z from 'zod'
import type { Report, reportSchema } from '../src/report/report.ts'
import type { Finding, findingSchema } from '../src/tasks/findings/finding.ts'
import { temporaryFolder } from './workspace-fixture.ts'

const root = join(import.meta.dirname, '..')
const tarball = { text: Buffer.alloc(0) }

beforeAll(() => {
  const words = ['pack', '--ignore-scripts', '--silent', '--pack-destination']
  const folder = join(root, 'node_modules', '.cache', 'local-brain-types')
  mkdirSync(folder, { recursive: true })
  const name = execFileSync('npm', [...words, folder], { cwd: root, encoding: 'utf8' }).trim()
  tarball.text = readFileSync(join(folder, name))
})

/** A folder of somebody who has installed the package. */
function installed(files: Record<string, string>): string {
  const { root: folder } = temporaryFolder({ ...files, 'node_modules/local-brain/.keep': '' })
  const unpack = ['-xzf', '-', '-C', 'node_modules/local-brain', '--strip-components', '1']
  execFileSync('tar', unpack, { cwd: folder, input: tarball.text })
  return folder
}

/** What the compiler says about a program of somebody who has this package and TypeScript, and no others but `packages`. */
function compile(
  code: string,
  options: Record<string, unknown> = {},
  packages: readonly string[] = [],
  name = 'main.mts',
): string {
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    types: [],
    ...options,
  }
  const folder = installed({
    [name]: code,
    'tsconfig.json': JSON.stringify({ compilerOptions, files: [name] }),
    'package.json': '{ "type": "module" }',
  })
  for (const one of packages) symlinkSync(join(root, 'node_modules', one), join(folder, 'node_modules', one))
  const compiler = join(root, 'node_modules', 'typescript', 'lib', 'tsc.js')
  const run = spawnSync(process.execPath, [compiler, '-p', '.', '--pretty', 'false'], { cwd: folder, encoding: 'utf8' })
  return run.stdout + run.stderr
}

const everything = `
import {
  callTool, createChat, createConversation, createModel, createServer, defineTool, toolSpecs,
  type Access, type CallOptions, type ServerOptions, type ToolSpecsOptions,
  loadSkill, LocalBrainError, prepare, readOnly, run,
  type AgentEvent, type Answer, type ApprovalAnswer, type ApprovalQuestion, type Chat, type ChatRequest, type ChatStatus,
  type CreateChatOptions, type Turn, type Conversation, type Decision, type Emit, type Engine, type ErrorCode,
  type Finding, type LibraryRequest, type Message, type Model, type ModelInfo, type Permit, type Prepared, type Question,
  type Reply, type Report, type RunContext, type RunRequest, type Skill, type Tool, type ToolCall, type ToolContext,
} from 'local-brain'

const report: Report = await run({ skill: 'code-review', work: { files: ['a.ts'] } })
for (const finding of report.findings ?? []) {
  const line: number = finding.startLine
  const severity: 'critical' | 'high' | 'medium' | 'low' | 'info' = finding.severity
  void [line, severity]
}
const model: Model = await createModel({ numCtx: 8192 }, { emit: (event) => void event.type })
const prepared: Prepared = await prepare({ work: { prompt: 'x' } })
const skill: Skill = await loadSkill('a.yaml')
const permit: Permit = readOnly
const emit: Emit = (event: AgentEvent) => { if (event.type === 'tool_end') void event.result.length }
const conversation: Conversation = createConversation({ model, tools: [], permit, workspace: prepared.session.workspace, emit })
const code: ErrorCode = new LocalBrainError('usage', 'x', { hint: 'y' }).code
const approve = async ({ access }: ApprovalQuestion): Promise<ApprovalAnswer> => (access === 'run' ? { no: 'not here' } : 'yes')
const chat: Chat = await createChat({ root: '.', model: { name: 'm' }, allow: 'read', approve, session: true })
const turn: Turn = await chat.send('hello', { signal: new AbortController().signal, emit })
const status: ChatStatus = chat.status()
const options: CallOptions = { root: '.', allow: ['read'] }
const { ok, result }: { ok: boolean; result: string } = await callTool('read_file', { file_path: 'README.md' }, options)
const specs: Record<string, unknown>[] = toolSpecs({ access: 'write', dialect: 'anthropic' })
const server = await createServer({ root: '.', port: 0, allow: ['read', 'write'], token: 'a-long-secret-token' })
const url: string = server.url
await server.close()
void [skill, conversation, code, defineTool, ok, result, specs, url, turn.changes[0]?.path, status.session]
export type All = [Answer, CreateChatOptions, ChatRequest, Decision, Engine, Finding, LibraryRequest, Message, ModelInfo, Question, Reply,
  RunContext, RunRequest, Tool, ToolCall, ToolContext, Access, ServerOptions, ToolSpecsOptions]
`

describe('the types stand alone, without zod and the types of Node', () => {
  test.each([
    ['as Node resolves', {}],
    ['as bundlers resolve', { module: 'esnext', moduleResolution: 'bundler' }],
    ['with every check there is', { exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true }],
  ])('everything that is exported compiles %s', (_, options) => {
    expect(compile(everything, options)).toBe('')
  })

  const wrong: [string, string][] = [
    ['const report = await run({}); report.nonsense', 'TS2339'],
    [
      'const report = await run({}); for (const one of report.findings ?? []) { const n: string = one.startLine }',
      'TS2322',
    ],
    ['const report = await run({}); for (const one of report.findings) void one', 'TS2488|TS18047|TS2531'],
    ["const report = await run({}); if (report.stop === 'done') void 0", 'TS2367'],
    ['await run({ skil: 1 })', 'TS2353|TS2561'],
    ["await createModel({ numCtx: 'large' })", 'TS2322'],
    ['defineTool({ name: 1 })', 'TS2322|TS2345'],
    ["new LocalBrainError('odd', 'x')", 'TS2345'],
  ]
  test('what is wrong does not compile', () => {
    // One program, a line for each: the compiler takes seconds to start.
    const lines = wrong.map(([code]) => `{ ${code} }`)
    const names = 'createModel, defineTool, LocalBrainError, run'
    const all = compile(`import { ${names} } from 'local-brain'\n${lines.join('\n')}\n`)
    expect(all).not.toMatch(/TS2307|node_modules/)
    const errors = [...all.matchAll(/^main\.mts\((\d+),\d+\): error (TS\d+)/gm)]
    const said = wrong.map(([code], at) => [code, errors.find(([, line]) => Number(line) === at + 2)?.[2]])
    expect(said).toEqual(wrong.map(([code, error]) => [code, expect.stringMatching(`^(?:${error})$`)]))
  })

  test('the example of docs/serve.md compiles', () => {
    const text = readFileSync(join(root, 'docs', 'serve.md'), 'utf8')
    const [, example = ''] = /```js\n([^`]*)```/.exec(text) ?? []
    expect(example).toContain("from 'local-brain'")
    expect(compile(example, { lib: ['es2022', 'dom'] })).toBe('')
  })

  test("the README's example compiles", () => {
    const text = readFileSync(join(root, 'README.md'), 'utf8')
    const [, example = ''] = /## As a library\n+```[jt]s\n([^`]*(?:`[^`]+`[^`]*)*?)```/.exec(text) ?? []
    expect(example).toContain("from 'local-brain'")
    // Someone who logs has the types of Node or of a browser.
    expect(compile(example, { lib: ['es2022', 'dom'] })).toBe('')
  })
})

test('the example of a chat compiles', () => {
  const text = readFileSync(join(root, 'docs', 'chat.md'), 'utf8')
  const [, example = ''] = /```ts\n([^]*?)```/.exec(text) ?? []
  expect(example).toContain('createChat')
  expect(compile(example, { lib: ['es2022', 'dom'] })).toBe('')
})

test('what is written by hand is what the schemas check', () => {
  expectTypeOf<z.infer<typeof reportSchema>>().toExtend<Report>()
  expectTypeOf<Report>().toExtend<z.infer<typeof reportSchema>>()
  expectTypeOf<z.infer<typeof findingSchema>>().toExtend<Finding>()
  expectTypeOf<Finding>().toExtend<z.infer<typeof findingSchema>>()
})

describe('docs/library.md', () => {
  const page = readFileSync(join(root, 'docs', 'library.md'), 'utf8')
  const examples = [...page.matchAll(/```ts\n([^]*?)```/g)].map(([, code = '']) => code)

  test.each(examples)('an example of it compiles: %#', (code) => {
    // It says that whoever defines tools brings zod along.
    expect(compile(code, { lib: ['es2022', 'dom'] }, code.includes("from 'zod'") ? ['zod'] : [])).toBe('')
  })

  test('it names every export, and nothing else', () => {
    const source = readFileSync(join(root, 'src', 'index.ts'), 'utf8')
    const lists = [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names = '']) => names.split(','))
    const own = [...source.matchAll(/^export (?:async )?(?:function|type|const|class) (\w+)/gm)].map(([, name]) => name)
    const exported = [...lists.map((name) => name.replace(/^\s*type /, '').trim()), ...own].filter(Boolean)
    const cells = [...page.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell = '']) => cell)
    const documented = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)[^`]*`/g)].map(([, name]) => name))
    expect(new Set(documented)).toEqual(new Set(exported))
  })
})

describe('the package as it is installed', () => {
  const look = `prepare({ skill: 'summarize', work: { files: ['a.txt'] } }).then(async ({ gathered, session }) => {
    console.log(gathered.units[0].path, typeof run, new LocalBrainError('usage', 'x').name)
    await session.close()
  })`
  const forms: [string, string, string][] = [
    ['an ES module', 'main.mjs', `import { LocalBrainError, prepare, run } from 'local-brain'\n${look}`],
    ['CommonJS', 'main.cjs', `const { LocalBrainError, prepare, run } = require('local-brain')\n${look}`],
  ]
  test.each(forms)('%s gets the functions, without a warning', (_, name, code) => {
    const folder = installed({ [name]: code, 'a.txt': 'alpha\n' })
    const run = spawnSync(process.execPath, [name], { cwd: folder, encoding: 'utf8' })
    expect({ out: run.stdout, err: run.stderr }).toEqual({ out: 'a.txt function LocalBrainError\n', err: '' })
  })

  test('both have the same errors, as one program may load both', () => {
    const code = `import { createRequire } from 'node:module'
    import * as esm from 'local-brain'
    const cjs = createRequire(import.meta.url)('local-brain')
    console.log(cjs.LocalBrainError === esm.LocalBrainError, 'default' in esm)`
    const folder = installed({ 'main.mjs': code })
    expect(execFileSync(process.execPath, ['main.mjs'], { cwd: folder, encoding: 'utf8' })).toBe('true false\n')
  })

  test('a program in CommonJS compiles in strict mode', () => {
    const code =
      "import { run } from 'local-brain'\nexport const answer = run({}).then((report) => report.answer.length)\n"
    expect(compile(code, {}, [], 'main.cts')).toBe('')
  })
})
