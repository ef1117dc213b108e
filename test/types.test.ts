import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
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

/** What the compiler says about a program of somebody who has this package and TypeScript, and nothing else. */
function compile(code: string, options: Record<string, unknown> = {}): string {
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    types: [],
    ...options,
  }
  const folder = temporaryFolder({
    'main.mts': code,
    'tsconfig.json': JSON.stringify({ compilerOptions, files: ['main.mts'] }),
    'package.json': '{ "type": "module" }',
    'node_modules/local-brain/.keep': '',
  })
  const unpack = ['-xzf', '-', '-C', 'node_modules/local-brain', '--strip-components', '1']
  execFileSync('tar', unpack, { cwd: folder.root, input: tarball.text })
  const compiler = join(root, 'node_modules', 'typescript', 'lib', 'tsc.js')
  const run = spawnSync(process.execPath, [compiler, '-p', '.', '--pretty', 'false'], {
    cwd: folder.root,
    encoding: 'utf8',
  })
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
  test.each(wrong)('%s does not compile', (code, expected) => {
    const said = compile(`import { createModel, defineTool, LocalBrainError, run } from 'local-brain'\n${code}\n`)
    expect(said).toMatch(new RegExp(`error (?:${expected}):`))
    expect(said).not.toMatch(/TS2307|node_modules/)
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
