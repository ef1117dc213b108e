import type { Engine } from '../../engines/engine.ts'
import { parseHost } from '../../engines/host.ts'
import { engines } from '../../engines/index.ts'
import { createStore } from '../../store/store.ts'
import type { Config } from './config.ts'
import type { Settings } from './settings.ts'

export type AccessOptions = { host?: string; allowRemote?: boolean }

/** The engine, for commands that look at it without a run. */
export async function openEngine(options: AccessOptions, settings: Settings, config: Config): Promise<Engine> {
  const host = parseHost(options.host ?? settings.host ?? config.host)
  const { allowRemote = false } = options
  return engines.ollama({ host, allowRemote, store: createStore(settings.paths.state) })
}
