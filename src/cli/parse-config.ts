import * as z from 'zod'
import { LocalBrainError } from '../errors.ts'
import { parseYaml } from '../skill/yaml.ts'
import type { Config } from './config.ts'

const schema = z.strictObject({
  model: z.string().optional(),
  host: z.string().optional(),
  keep_alive: z.string().optional(),
})

/** Loaded only when there is a config. */
export async function parseConfig(text: string, file: string): Promise<Config> {
  const result = schema.safeParse(await parseYaml(text, file))
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new LocalBrainError('usage', `${file}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`, {
    hint: 'it may hold model, host and keep_alive',
  })
}
