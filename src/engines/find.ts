import { join } from 'node:path'
import { isError } from '../errors.ts'
import type { StorePaths } from '../store/paths.ts'
import { type Store, createStore } from '../store/store.ts'
import type { EngineAccess, Engine } from './engine.ts'
import { parseHost } from './host.ts'
import { type EngineKind, engines } from './index.ts'

/** Where to look. */
export type Whereabouts = Pick<EngineAccess, 'recall' | 'key'> & {
  /** As a person writes it. Default: the usual address. */
  host?: string
  /** Where nothing answers, the embedded engine does as well. Default: when no address was named. */
  isUsual?: boolean
  /** What the server is known to be. */
  kind?: EngineKind
  /** Default: only this machine. */
  allowRemote?: boolean
  paths: Pick<StorePaths, 'state'>
  /** Default: the state folder. */
  store?: Store
}

/** Where the embedded engine is installed. */
export const embeddedFolder = ({ state }: Pick<StorePaths, 'state'>) => join(state, 'embedded')

/**
 * The engine for a host. What is not known to be of one kind is found out at the first request: a server that tells
 * Ollama's version is one; else one that lists models as OpenAI does is taken for that. Nothing is sent before.
 */
export async function findEngine({ host, kind, key, ...wish }: Whereabouts): Promise<Engine> {
  const { isUsual = host === undefined, allowRemote = false, recall, paths, store = createStore(paths.state) } = wish
  const access: EngineAccess = { host: parseHost(host), folder: embeddedFolder(paths), key, allowRemote, recall, store }
  if (kind !== undefined) return engines[kind](access)
  const isVersioned = access.host.url.endsWith('/v1')
  const plain = isVersioned ? { ...access, host: { ...access.host, url: access.host.url.slice(0, -3) } } : access
  const ollama = await engines.ollama(plain)
  const openai = await engines.openai(access)
  // What can be said before the server was asked: by the address.
  let current = isVersioned ? openai : ollama
  let found: Promise<Engine> | undefined
  const find = async (signal: AbortSignal): Promise<Engine> => {
    found ??= tell({ ollama, openai, isVersioned, spare: isUsual ? access : undefined }, signal).then(
      (engine) => (current = engine),
    )
    return found.catch((error: unknown) => {
      found = undefined
      throw error
    })
  }
  return {
    get name() {
      return current.name
    },
    get url() {
      return current.url
    },
    isThisMachine: access.host.isThisMachine,
    load: async () => current.load?.(),
    version: async (signal) => (await find(signal)).version(signal),
    list: async (signal) => (await find(signal)).list(signal),
    // A cloud model is refused before any server is asked.
    unlisted: (name) => (found === undefined ? ollama : current).unlisted(name),
    describe: async (model, signal) => (await find(signal)).describe(model, signal),
    open: async (model, options, context) => (await find(context.signal)).open(model, options, context),
    install: (name) => current.install(name),
    get pull() {
      return current.pull
    },
    render: (outline) => current.render(outline),
    close() {
      current.close()
      ollama.close()
      openai.close()
    },
  }
}

type Candidates = { ollama: Engine; openai: Engine; isVersioned: boolean; spare?: EngineAccess }

async function tell({ ollama, openai, isVersioned, spare }: Candidates, signal: AbortSignal): Promise<Engine> {
  const answered = await ollama.version(signal).catch((error: unknown) => error)
  if (typeof answered === 'string' && answered !== 'unknown') return ollama
  // The words of an engine that the address speaks of fit a server that is not there.
  if (isError(answered, 'unreachable')) {
    if (isVersioned) return openai
    const embedded = spare?.folder !== undefined && (await engines.embedded(spare))
    // It rejects where it can't run.
    if (embedded && (await embedded.list(signal).catch(() => [])).length > 0) return embedded
    throw answered
  }
  if (answered instanceof Error && !isError(answered, 'server-failed', 'model-missing', 'remote-refused', 'busy'))
    throw answered
  const listed = await openai.version(signal).catch((error: unknown) => error)
  if (typeof listed === 'string') return openai
  // A key that is missing is worth more than what Ollama's paths come to there.
  if (isError(listed, 'remote-refused') || isVersioned) throw listed
  // oxlint-disable-next-line typescript/only-throw-error -- it goes on as it came
  if (answered instanceof Error) throw answered
  return ollama
}
