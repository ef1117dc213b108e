import { readFile } from 'node:fs/promises'
import { LocalBrainError } from '../errors.ts'
import type { StorePaths } from '../store/paths.ts'
import { configFile } from './settings.ts'

/** `$XDG_CONFIG_HOME/local-brain/config.yaml`: the user's own defaults. A repository has none. */
export type Config = { model?: string; host?: string; keep_alive?: string }

export async function loadConfig(paths: StorePaths): Promise<Config> {
  const file = configFile(paths)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return {}
  const [{ parseYaml }, { configSchema: schema }] = await Promise.all([
    import('../skill/yaml.ts'),
    import('./config-schema.ts'),
  ])
  const result = schema.safeParse(await parseYaml(text, file))
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new LocalBrainError('usage', `${file}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`, {
    hint: 'it may hold model, host and keep_alive',
  })
}
