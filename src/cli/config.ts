import { readFile } from 'node:fs/promises'
import type { StorePaths } from '../store/paths.ts'
import { configFile } from './settings.ts'

/** `$XDG_CONFIG_HOME/local-brain/config.yaml`: the user's own defaults. A repository has none. */
export type Config = { model?: string; host?: string; keep_alive?: string }

export async function loadConfig(paths: StorePaths): Promise<Config> {
  const file = configFile(paths)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return {}
  const { parseConfig } = await import('./parse-config.ts')
  return parseConfig(text, file)
}
