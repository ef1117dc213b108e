/**
 * local-brain as a library: run a skill from your own program.
 *
 *   import { run } from 'local-brain'
 *   const report = await run({ skill: 'code-review', work: { files: ['src/a.ts'] } })
 *
 * Nothing here writes to a stream or ends the process. Failures reject with LocalBrainError, whose stack has the lines of
 * the program that called.
 */
import { homedir } from 'node:os'
import { forCaller, forCallers } from './caller.ts'
import { type Conversation, createConversation as createOne } from './core/conversation.ts'
import type { ConversationSettings } from './core/conversation-settings.ts'
import { chooseModel } from './engines/choose.ts'
import { findEngine } from './engines/find.ts'
import type { Chat, ChatSessionRequest } from './app/chat/chat.ts'
import type { Emit } from './core/events.ts'
import type { Message, Model, ModelEvent } from './core/model.ts'
import { type Access, includes } from './core/access.ts'
import type { Question } from './core/permission.ts'
import type { Report } from './report/report.ts'
import { checkOptions } from './options.ts'
import { type Prepared, prepare as prepareRun } from './app/prepare.ts'
import type { ModelRequest, RunRequest } from './app/request.ts'
import { type RunContext, run as runOnce } from './app/run.ts'
import { work as workOnce } from './app/work.ts'
import type { WorkReport, WorkRequest } from './app/work/request.ts'
import { loadSkill as loadSkillFile } from './skills/load.ts'
import type { Skill } from './skills/skill.ts'
import type { Work } from './input/unit.ts'
import { storePaths } from './store/paths.ts'
import type { GitEnvironment } from './workspace/git/environment.ts'
import { tools } from './tools/index.ts'
import type { ServerOptions } from './doors/server/server-options.ts'

export type { Conversation } from './core/conversation.ts'
export type { ConversationSettings, SendLimits } from './core/conversation-settings.ts'
export type { Chat, ChatStatus } from './app/chat/chat.ts'
export type { Turn } from './app/chat/turn.ts'
export type { Answer } from './core/answer.ts'
export type { AgentEvent, Emit } from './core/events.ts'
export { type ErrorCode, LocalBrainError } from './errors.ts'
export type { Finding } from './tasks/findings/finding.ts'
export type { ChatRequest, Message, Model, Reply, ToolCall } from './core/model.ts'
export type { Report } from './report/report.ts'
export type { Access } from './core/access.ts'
export { type Decision, type Permit, type Question, readOnly } from './core/permission.ts'
export type { Prepared } from './app/prepare.ts'
export type { RunRequest } from './app/request.ts'
export type { RunContext } from './app/run.ts'
export type { WorkReport } from './app/work/request.ts'
export type { ServerOptions } from './doors/server/server-options.ts'
export type { Engine, ModelInfo } from './engines/engine.ts'
export type { Skill } from './skills/skill.ts'
export { type Tool, type ToolContext, defineTool } from './core/tool.ts'

/**
 * A request with everything optional. `cwd` defaults to the current folder, `paths` to this user's usual folders and
 * `model.host` to OLLAMA_HOST; git is looked for in the system's program folders unless `environment` has a PATH.
 */
export type LibraryRequest = Partial<Omit<RunRequest, 'work'>> & { work?: Partial<Work> }

/** Loads the skill and gathers the input. Contacts nothing. */
export function prepare(request: LibraryRequest, context: Partial<RunContext> = {}): Promise<Prepared> {
  return forCaller(prepare, async () => {
    const prepared = await prepareRun(complete(request), { ...quiet, ...context })
    return { ...prepared, session: forCallers(prepared.session) }
  })
}

/** Runs a skill once. If it fails on the way, the report has the answers so far and `error`. */
export function run(request: LibraryRequest, context: Partial<RunContext> = {}): Promise<Report> {
  return forCaller(run, async () => runOnce(complete(request), { ...quiet, ...context }))
}

/** A chat with everything optional. */
export type CreateChatOptions = Partial<Omit<ChatSessionRequest, 'keep'>> & {
  /**
   * Asks a person, or a program in their place, about each call that `allow` does not name. Default: what `allow` does not
   * name is refused, and not offered to the model.
   */
  approve?: (question: ApprovalQuestion) => Promise<ApprovalAnswer>
  /** True keeps the conversation on disk; an id (`status().session`) goes on with one that was kept. Default: not kept. */
  session?: boolean | string
  signal?: AbortSignal
  emit?: Emit
}

/** What `approve` is asked: the call, what it may do, and what would happen. */
export type ApprovalQuestion = Question
export type ApprovalAnswer = 'yes' | 'always' | 'no' | { no: string }

/**
 * Opens a conversation about a folder. The model may change the folder as far as `allow` and `approve` go; each turn that
 * changes something can be taken back. Rejects with LocalBrainError when the model is not there.
 */
export function createChat(options: CreateChatOptions = {}): Promise<Chat> {
  return forCaller(createChat, async () => forCallers(await openOne(options)))
}

async function openOne(options: CreateChatOptions): Promise<Chat> {
  checkOptions('chat', options)
  const { approve, session = false, signal = quiet.signal, emit = quiet.emit, ...request } = options
  const { host, environment } = variables()
  const { openChat } = await import('./app/chat/chat.ts')
  const complete: ChatSessionRequest = {
    cwd: process.cwd(),
    paths: usualPaths(),
    environment,
    ...request,
    model: { ...request.model, host: request.model?.host ?? host },
    keep: session !== false,
  }
  const chat = await openChat(complete, { emit, signal, approve })
  if (typeof session !== 'string') return chat
  const { openSaved } = await import('./app/chat/resume.ts')
  await chat.resume(
    await openSaved(complete, chat.status().root, session, 'without "session" a new conversation begins'),
  )
  return chat
}

/**
 * A task to carry out: a file, or a text. `allow` and `approve` say what may be done; without either nothing is, and it
 * rejects.
 */
export type LibraryWorkRequest = Partial<Omit<WorkRequest, 'spec'>> & {
  spec: string | { text: string }
  /** Asks a person about what `allow` does not allow. Default: what is not allowed is refused. */
  approve?: (question: ApprovalQuestion) => Promise<ApprovalAnswer>
}

/**
 * Carries out a written task in a copy, until its checks hold, and keeps what was changed as a proposal. Whatever fails once
 * it was begun is in the report.
 */
export function work(asked: LibraryWorkRequest, context: Partial<RunContext> = {}): Promise<WorkReport> {
  return forCaller(work, async () => {
    checkOptions('task', asked)
    const { spec, approve, ...request } = asked
    const { work: _, ...rest } = complete(request)
    const source = typeof spec === 'string' ? { file: spec } : spec
    return workOnce({ ...rest, spec: source }, { ...quiet, approve, ...context })
  })
}

/** For a caller who does not listen and does not interrupt. */
const quiet: RunContext = { emit: () => undefined, signal: new AbortController().signal }

/** Reads and checks one skill file. It is trusted like a path given to `--skill`. */
export function loadSkill(file: string): Promise<Skill> {
  return forCaller(loadSkill, async () => loadSkillFile({ file, origin: 'path', tools }))
}

/** A list of messages that grows, and the model that answers them. `messages`: what was said before. */
export function createConversation(settings: ConversationSettings, messages?: readonly Message[]): Conversation {
  return forCallers(createOne(settings, messages))
}

export type CreateModelOptions = ModelRequest & {
  /** Characters of the largest request to come. The window is chosen to hold it. Default 20,000. */
  workChars?: number
}

/** Opens a model that is installed and local (or allowed). Its window is fixed from then on. */
export function createModel(options: CreateModelOptions = {}, context: ModelContext = {}): Promise<Model> {
  return forCaller(createModel, async () => forCallers(await openModel(options, context)))
}

type ModelContext = { signal?: AbortSignal; emit?: (event: ModelEvent) => void }

async function openModel(options: CreateModelOptions, context: ModelContext): Promise<Model> {
  checkOptions('model', options)
  const { name, configured, host, allowRemote = false, workChars = 20_000, numCtx, loadedOnly } = options
  const { signal, emit } = { ...quiet, ...context }
  const { kind, key = variables().key } = options
  const engine = await findEngine({ host: host ?? variables().host, kind, key, allowRemote, paths: usualPaths() })
  const wish = { explicit: name, preferences: [], configured, needsTools: true, allowRemote, loadedOnly }
  const { model } = await chooseModel(engine, wish, signal)
  const { options: modelOptions = {}, think, keepAlive } = options
  const how = { window: numCtx, options: modelOptions, think, keepAlive, loadedOnly }
  return engine.open(model, { workBytes: workChars, needsTools: true, ...how }, { signal, emit })
}

export type CallOptions = {
  /** The folder that the tool works in. */
  root: string
  /** What may be done. Default: read. */
  allow?: readonly Access[]
  /** Beginnings of the only commands that may be run. Default: any, in a sandbox. */
  commands?: readonly string[]
  /** With a PATH, for commands and git. Default: the system's program folders. */
  environment?: GitEnvironment
  signal?: AbortSignal
}

/**
 * Calls one tool by itself. When `ok` is false, `result` is an `Error: …` that says what to do next. Files are changed where
 * they are, without a proposal. Rejects with LocalBrainError when the folder can't be opened.
 */
export function callTool(
  name: string,
  args: Record<string, unknown>,
  options: CallOptions,
): Promise<{ ok: boolean; result: string }> {
  return forCaller(callTool, async () => {
    checkOptions('call', options)
    return callIn(options, name, args)
  })
}

async function callIn(
  { root, allow = [], commands, environment = variables().environment, signal = quiet.signal }: CallOptions,
  name: string,
  args: Record<string, unknown>,
): Promise<{ ok: boolean; result: string }> {
  const { callOne } = await import('./doors/server/one-call.ts')
  const place = { cwd: root, root, addDirs: [], paths: usualPaths(), environment }
  const request = { ...place, allow: highest(allow), commands, door: 'library' as const, signal }
  return callOne({ name, arguments: args }, request)
}

function highest(levels: readonly Access[]): Access {
  return levels.includes('run') ? 'run' : levels.includes('write') ? 'write' : 'read'
}

export type ToolSpecsOptions = {
  /** The most that the tools may do. Default: read. */
  access?: Access
  /** Whose form they have. Default: `openai`. */
  dialect?: 'openai' | 'anthropic' | 'ollama'
}

/** The tools as a request to a model holds them. */
export function toolSpecs(options: ToolSpecsOptions = {}): Record<string, unknown>[] {
  return forCaller(toolSpecs, () => specsOf(options))
}

function specsOf(options: ToolSpecsOptions): Record<string, unknown>[] {
  checkOptions('tools', options)
  const { access = 'read', dialect = 'openai' } = options
  return tools
    .filter((tool) => includes(access, tool.access) && tool.name !== 'run_checks')
    .map(({ name, description, parameters }) =>
      dialect === 'anthropic'
        ? { name, description, input_schema: parameters }
        : { type: 'function', function: { name, description, parameters } },
    )
}

/** Serves OpenAI's and Anthropic's protocols. Rejects with LocalBrainError, as when the port is in use. */
export function createServer(
  options: ServerOptions = {},
): Promise<{ url: string; token?: string; close: () => Promise<void> }> {
  return forCaller(createServer, async () => serveHere(options))
}

async function serveHere(options: ServerOptions): ReturnType<typeof createServer> {
  checkOptions('server', options)
  const { serve } = await import('./doors/server/create-server.ts')
  const { host, key, environment } = variables()
  const { allow = [], ...given } = options
  const served = await serve({
    cwd: process.cwd(),
    paths: usualPaths(),
    ...given,
    environment: given.environment ?? environment,
    host: given.host ?? host,
    key: given.key ?? key,
    emit: given.emit ?? quiet.emit,
    allow: highest(allow),
  })
  return { url: served.url, token: served.token, close: async () => served.close() }
}

function complete(given: LibraryRequest): RunRequest {
  checkOptions('request', given)
  const { work, model, ...request } = given
  const { host, key, environment } = variables()
  return {
    cwd: process.cwd(),
    paths: usualPaths(),
    environment,
    ...request,
    model: { ...model, host: model?.host ?? host, key: model?.key ?? key },
    work: { files: [], prompt: '', ...work },
  }
}

/** The variables that messages tell people to set. This is the library's front door: nothing below reads the environment. */
function variables(): { host: string | undefined; key: string | undefined; environment: GitEnvironment } {
  const { OLLAMA_HOST: host, LOCAL_BRAIN_API_KEY: key, LOCAL_BRAIN_GIT_OBJECTS: objects } = process.env
  return { host: host || undefined, key: key || undefined, environment: { LOCAL_BRAIN_GIT_OBJECTS: objects } }
}

function usualPaths() {
  return storePaths({}, homedir())
}
