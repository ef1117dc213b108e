import { readFile } from 'node:fs/promises'
import type { StorePaths } from '../../store/paths.ts'
import type { Config } from './parse-config.ts'
import { configFile } from './settings.ts'

/** The user's own defaults; none is as good as an empty file. */
export async function loadConfig(paths: StorePaths): Promise<Config> {
  const file = configFile(paths)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return {}
  const { parseConfig } = await import('./parse-config.ts')
  return parseConfig(text, file)
}
