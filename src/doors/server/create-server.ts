import type { Emit } from '../../core/events.ts'
import type { Engine, Think } from '../../engines/engine.ts'
import { findEngine } from '../../engines/find.ts'
import type { EngineKind } from '../../engines/index.ts'
import { LocalBrainError } from '../../errors.ts'
import { audit } from '../../store/audit.ts'
import { randomHex } from '../../text/hash.ts'
import { version } from '../../version.ts'
import type { Inject } from './server-options.ts'
import type { ShowTools } from './exchange.ts'
import { type Catalog, createCatalog } from './catalog.ts'
import { type OpenedTools, type ToolsRequest, openTools } from './open-tools.ts'
import { canSeePeers, isLoopback } from './peer.ts'
import { startServer } from './server.ts'
import { type SkillSettings, createSkillModels } from './skill-models.ts'

/** What a server does unless it is asked for something else. */
const defaults = {
  addDirs: [],
  allow: 'read',
  port: 0,
  bind: '127.0.0.1',
  allowOrigins: [],
  allowHosts: [],
  inject: 'auto',
  showTools: 'reasoning',
  maxIterations: 10,
  timeout: 600,
  parallel: 1,
  queue: 16,
  skills: true,
  allowRemote: false,
} as const satisfies Choices

type Choices = Pick<ToolsRequest, 'addDirs' | 'allow'> & {
  /** 0 picks one. */
  port: number
  /** The address to listen on. */
  bind: string
  allowOrigins: readonly string[]
  allowHosts: readonly string[]
  inject: Inject
  showTools: ShowTools
  maxIterations: number
  /** Seconds for one request. */
  timeout: number
  parallel: number
  /** Requests that may wait. */
  queue: number
  /** Offer skills as models. */
  skills: boolean
  allowRemote: boolean
}

type Particulars = Omit<ToolsRequest, 'signal' | 'door' | keyof Choices> & {
  emit: Emit
  token?: string
  defaultModel?: string
  /** From the user's configuration. */
  configured?: string
  /** Written like OLLAMA_HOST; also the address of an OpenAI-compatible server. */
  host?: string
  /** What kind of server it is. Default: it is found out. */
  kind?: EngineKind
  /** For an OpenAI-compatible server that wants a key. */
  key?: string
  numCtx?: number
  think?: Think
  keepAlive?: string | number
  /** Default: the engine that `host` names. */
  engine?: Engine
}

export type ServeRequest = Particulars & Partial<Choices>

type Settings = Particulars & Choices

export type Served = {
  url: string
  /** Clients have to send it. */
  token?: string
  /** The token was not given but made. */
  isNewToken: boolean
  root: string
  warnings: readonly string[]
  /** The model that answers when no other is asked for, and its window, when the engine could be reached. */
  model?: { name: string; window: number }
  close(): Promise<void>
}

/** Opens the folder and the engine, and listens. Rejects with LocalBrainError. */
export async function serve(asked: ServeRequest): Promise<Served> {
  const request: Settings = { ...defaults, ...withoutUndefined(asked) }
  const stop = new AbortController()
  const { signal } = stop
  // Each question to the engine listens to it.
  process.getBuiltinModule('node:events').setMaxListeners(0, signal)
  const { token, isNewToken } = await tokenFor(request)
  const opened = await openTools({ ...request, door: 'serve', signal })
  const engine = request.engine ?? (await findEngine(request))
  const { defaultModel, configured, allowRemote, numCtx: window, keepAlive } = request
  const catalog = createCatalog({ engine, defaultModel, configured, allowRemote, window, keepAlive, signal })
  const skills = request.skills ? createSkillModels(skillSettings(request, opened, catalog)) : undefined
  const running = await startServer({
    ...request,
    token,
    catalog,
    own: opened.own,
    toolWords: opened.words,
    skills,
    turns: request.maxIterations,
    waiting: request.queue,
    version,
    record: async (entry) => audit(request.paths.state, [{ ...entry, project: opened.workspace.root }]),
    async engineVersion(asked) {
      // Also finds out that it no longer answers.
      await engine.list(asked)
      return engine.version(asked)
    },
  })
  return {
    url: running.url,
    token,
    isNewToken,
    root: opened.workspace.root,
    warnings: [...opened.warnings, ...bindWarnings(request.bind)],
    model: await firstModel(catalog, signal),
    async close() {
      stop.abort(new LocalBrainError('interrupted', 'the server is stopping'))
      await running.close()
      engine.close()
    },
  }
}

/** So that a value that is not given does not take the place of a default. */
function withoutUndefined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T
}

function skillSettings(request: Settings, { workspace }: OpenedTools, catalog: Catalog): SkillSettings {
  const { paths, environment, network, commands, allowPaths, allow, noCommands = false } = request
  const { commandRules, sandbox } = request
  const { defaultModel, configured, allowRemote, think, keepAlive, timeout } = request
  return {
    paths,
    environment,
    network,
    commands,
    commandRules,
    sandbox,
    allowPaths,
    root: workspace.root,
    allow: allow === 'run' && noCommands ? 'write' : allow,
    timeout,
    model: { name: defaultModel, configured, allowRemote, think, keepAlive },
    engine: catalog.engine,
  }
}

function bindWarnings(bind: string): string[] {
  if (isLoopback(bind) || bind === 'localhost') return []
  return [`other machines can connect to ${bind}, and nothing that they send is encrypted`]
}

/** A token is needed where clients can't be identified, and where they may do more than read. */
async function tokenFor({ token, bind, allow }: Settings): Promise<{ token?: string; isNewToken: boolean }> {
  if (token !== undefined) {
    if (token.length >= 8) return { token, isNewToken: false }
    throw new LocalBrainError('usage', 'The token is too short', { hint: 'LOCAL_BRAIN_TOKEN=$(openssl rand -hex 16)' })
  }
  // guard: bind-token
  if (!isLoopback(bind) && bind !== 'localhost') {
    throw new LocalBrainError('usage', `Listening on ${bind} needs a token: other machines can connect`, {
      hint: 'LOCAL_BRAIN_TOKEN=$(openssl rand -hex 16) local-brain serve …',
    })
  }
  const isSafe = allow === 'read' && (process.platform !== 'linux' || (await canSeePeers()))
  return isSafe ? { isNewToken: false } : { token: randomHex(16), isNewToken: true }
}

/** Opens the model once, so that its window is known. Loads nothing. */
async function firstModel(catalog: Catalog, signal: AbortSignal): Promise<Served['model']> {
  try {
    const info = await catalog.find('', signal)
    const context = { signal, emit: () => undefined }
    const { name, window } = await catalog.open(info, { options: {}, needsTools: true }, context)
    return { name, window }
  } catch {
    // It may come up later; /health says so until then.
    return undefined
  }
}
