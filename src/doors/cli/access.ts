import type { Engine } from '../../engines/engine.ts'
import { findEngine } from '../../engines/find.ts'
import type { EngineKind } from '../../engines/index.ts'
import type { Config } from './config.ts'
import type { Settings } from './settings.ts'

export type AccessOptions = { host?: string; engine?: EngineKind; allowRemote?: boolean }

/** Where the server is, and of which kind if that was said: by a flag, by `engine` in the configuration, by OLLAMA_HOST. */
export function whereabouts(
  { host, kind }: { host?: string; kind?: EngineKind },
  settings: Settings,
  { engine, host: configured }: Config,
): { host?: string; kind?: EngineKind; key?: string } {
  const { key } = settings
  if (host !== undefined || kind === 'embedded') return { host, kind, key }
  if (engine !== undefined) return { host: engine.url, kind: kind ?? engine.kind, key }
  return { host: settings.host ?? configured, kind, key }
}

/** The engine, for commands that look at it without a run. */
export async function openEngine(options: AccessOptions, settings: Settings, config: Config): Promise<Engine> {
  const where = whereabouts({ host: options.host, kind: options.engine }, settings, config)
  return findEngine({ ...where, allowRemote: options.allowRemote, paths: settings.paths })
}
