import { parseHost } from '../../engines/host.ts'
import type { Access } from '../../engines/ollama/reach.ts'
import { createStore } from '../../store/store.ts'
import { loadConfig } from './config.ts'
import type { Config } from './parse-config.ts'
import type { Settings } from './settings.ts'

export type AccessOptions = { host?: string; allowRemote?: boolean }

/** Where the server is, for commands that look at it without a run. */
export async function resolveAccess(options: AccessOptions, settings: Settings): Promise<Access & { config: Config }> {
  const config = await loadConfig(settings.paths)
  return {
    config,
    host: parseHost(options.host ?? settings.host ?? config.host),
    allowRemote: options.allowRemote ?? false,
    store: createStore(settings.paths.state),
  }
}
