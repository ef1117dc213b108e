import { parseHost } from '../../engines/host.ts'
import type { Access } from '../../engines/ollama/reach.ts'
import { createStore } from '../../store/store.ts'
import type { Config } from './config.ts'
import type { Settings } from './settings.ts'

export type AccessOptions = { host?: string; allowRemote?: boolean }

/** Where the server is, for commands that look at it without a run. */
export function resolveAccess(options: AccessOptions, settings: Settings, config: Config): Access {
  return {
    host: parseHost(options.host ?? settings.host ?? config.host),
    allowRemote: options.allowRemote ?? false,
    store: createStore(settings.paths.state),
  }
}
