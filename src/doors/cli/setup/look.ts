import type { Engine, ModelInfo } from '../../../engines/engine.ts'
import { findEngine } from '../../../engines/find.ts'
import { type Machine, lookAtMachine } from '../../../engines/machine.ts'
import { type LocalBrainError, isError } from '../../../errors.ts'
import { findProgram } from '../../../workspace/program.ts'
import { type AccessOptions, whereabouts } from '../access.ts'
import type { Config } from '../config.ts'
import type { Settings } from '../settings.ts'

/** An engine that answers, and what it has. */
export type Present = { engine: Engine; version: string; models: ModelInfo[] }

/** What there is to work with. */
export type Scene = {
  machine: Machine
  server: Present | { fault: LocalBrainError }
  /** Whether somebody named the address of the server, by a flag, a variable or the configuration. */
  isNamed: boolean
  /** Ollama is installed, whether it runs or not. */
  hasOllama: boolean
  /** A fault where it can't run. */
  embedded: Present | { fault: LocalBrainError }
  close: () => void
}

type Around = { options: AccessOptions; settings: Settings; config: Config }

/** Looks for a server, the embedded engine and a graphics card. Nothing but the address is asked. */
export async function lookAround({ options, settings, config }: Around, signal: AbortSignal): Promise<Scene> {
  const { host: url, kind, key } = whereabouts(serverOf(options), settings, serverIn(config))
  const { paths } = settings
  const { allowRemote } = options
  const engine = await findEngine({ host: url, kind, key, allowRemote, isUsual: false, paths })
  const own = await findEngine({ kind: 'embedded', paths })
  const [machine, server, embedded] = await Promise.all([
    lookAtMachine(settings.environment['PATH'], signal),
    present(engine, signal),
    present(own, signal),
  ])
  return {
    machine,
    server,
    isNamed: url !== undefined,
    hasOllama: findProgram('ollama', settings.environment['PATH'], []).path !== undefined,
    embedded,
    close: () => [engine, own].forEach((one) => one.close()),
  }
}

/** The embedded engine is looked for in any case. */
function serverOf({ host, engine }: AccessOptions) {
  return { host, kind: engine === 'embedded' ? undefined : engine }
}

function serverIn(config: Config): Config {
  return config.engine?.kind === 'embedded' ? { ...config, engine: undefined } : config
}

async function present(engine: Engine, signal: AbortSignal): Promise<Scene['server']> {
  try {
    const models = await engine.list(signal)
    return { engine, version: await engine.version(signal), models }
  } catch (error) {
    if (isError(error)) return { fault: error }
    throw error
  }
}
