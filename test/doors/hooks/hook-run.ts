import { createHash } from 'node:crypto'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChatBody } from '../../scripted-ollama/chat-body.ts'
import {
  type ScriptSource,
  type ScriptedOllamaOptions,
  reply,
  type ScriptedOllama,
} from '../../scripted-ollama/scripted-ollama.ts'
import { addBlock } from '../../../src/doors/hooks/hook-block.ts'
import type { HookName } from '../../../src/doors/hooks/hook-name.ts'
import { type Report, reportSchema } from '../../../src/report/report.ts'
import { command, localBrain } from '../cli/local-brain.ts'
import { type Folder, repository, temporaryFolder } from '../../workspace-fixture.ts'
import { gitEnvironment } from '../../workspace.ts'
import { serve } from '../../scripted-ollama/serve.ts'

export type Ended = { code: number | null; stdout: string; stderr: string }

/** Git while the scripted server of the same process goes on answering. */
export function git(cwd: string, args: string[], env: Record<string, string> = {}, stdin?: string): Promise<Ended> {
  return run('git', args, { cwd, env, ...(stdin === undefined ? {} : { stdin }) })
}

type Call = {
  cwd: string
  env?: Record<string, string>
  stdin?: string
  /** In a session of its own, which has no terminal. */
  detached?: boolean
}

export function run(command: string, args: string[], { cwd, env, stdin, detached = false }: Call): Promise<Ended> {
  const child = spawn(command, args, {
    cwd,
    detached,
    env: { ...gitEnvironment, ...env },
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  if (stdin !== undefined) child.stdin?.end(stdin)
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** A repository whose commits are reviewed, the model that does it, and a home of its own. */
export type Hooked = Folder & {
  server: ScriptedOllama
  env: Record<string, string>
  commit: (args: string[], env?: Record<string, string>) => Promise<Ended>
  /** What the model was shown in its first questions, all of them in one text. */
  shown: () => string
}

export type HookedOptions = {
  hook?: HookName
  options?: string[]
  files?: Record<string, string>
  script?: ScriptSource
  server?: ScriptedOllamaOptions
}

/** What the last review has to say in full. */
export async function lastReport(cwd: string, env: Record<string, string>): Promise<Report> {
  const { stdout } = await localBrain(['last', '--format', 'json'], { cwd, env })
  return reportSchema.parse(JSON.parse(stdout))
}

export const loadedModel = { name: 'scripted', loaded: 8192 }

export async function hooked(wanted: HookedOptions = {}): Promise<Hooked> {
  const { hook = 'pre-commit', options = [], files = {}, script: source = reviewer } = wanted
  const server = await serve({ models: [loadedModel], script: source, ...wanted.server })
  const folder = repository({ 'readme.md': 'hello\n', ...files })
  const env = { HOME: temporaryFolder().root, OLLAMA_HOST: server.url }
  const script = addBlock('', { name: hook, program: command, options })
  writeFileSync(join(folder.root, '.git', 'hooks', hook), script, { mode: 0o755 })
  return {
    ...folder,
    server,
    env,
    commit: (args, more = {}) => git(folder.root, ['commit', '-q', ...args], { ...env, ...more }),
    shown: () => firstQuestions(server.requests).join('\n'),
  }
}

/** The user messages that ask for findings or for the fields of a message. */
export function firstQuestions(requests: readonly ChatBody[]): string[] {
  return requests.flatMap(({ format, messages }) =>
    format !== undefined && !('verdict' in propertiesOf(format)) ? [messages.at(-1)?.content ?? ''] : [],
  )
}

function propertiesOf(format: unknown): Record<string, unknown> {
  return (format as { properties?: Record<string, unknown> }).properties ?? {}
}

/** Finds a defect in every line that was added with the word BUG, and stands by it. */
export function reviewer(request: ChatBody) {
  if (request.format === undefined) return reply.text('It happens as claimed.')
  if ('verdict' in propertiesOf(request.format)) return reply.json({ evidence: '', verdict: 'real' })
  const content = request.messages.at(-1)?.content ?? ''
  const lines = content.split('\n').filter((line) => /^\+.*BUG/.test(line))
  return reply.json({
    analysis: 'Looked at it.',
    findings: lines.map((line) => finding(line.replace(/^\+ *\d+ \| /, ''))),
  })
}

/** The findings that a hook has printed, by path and line. */
export function placesIn(stderr: string, rule = ''): [path: string, line: string][] {
  let path = ''
  return stderr.split('\n').flatMap((text): [string, string][] => {
    if (/^\S/.test(text)) path = text
    const [, line] = /^ {2}(?:critical|high|medium|low|info) (\d+): /.exec(text) ?? []
    return line === undefined || !text.includes(rule) ? [] : [[path, line]]
  })
}

/** A defect as a model would give it. */
export function finding(quote: string) {
  return {
    quote,
    defect: 'wrong-result',
    title: 'The result is wrong',
    message: 'It gives another value than its name says.',
    trigger: 'any call',
    severity: 'high',
    suggestion: '',
  }
}

/** A model that first reads a file of the repository. */
export function readsFirst(path: string): HookedOptions {
  return {
    options: ['--fail-on', 'high'],
    script: (request) => {
      const isLook = request.format === undefined && !request.messages.some(({ role }) => role === 'tool')
      return isLook ? reply.calls({ name: 'read_file', arguments: { path } }) : reviewer(request)
    },
  }
}

export function toolResults({ server }: Hooked): string[] {
  return server.requests.flatMap(({ messages }) =>
    messages.filter(({ role }) => role === 'tool').map(({ content }) => content),
  )
}

/** What a hook must leave alone: status, index and every file in `.git` but logs. */
export function fingerprint({ root, git }: Folder): string {
  const index = join(root, '.git', 'index')
  const bytes = existsSync(index) ? readFileSync(index) : ''
  return `${git('status', '--porcelain=v2')}${createHash('sha256').update(bytes).digest('hex')}`
}
