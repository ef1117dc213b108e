import * as z from 'zod'
import { LocalBrainError } from '../../errors.ts'
import { parseYaml } from '../../skills/yaml.ts'

const schema = z.strictObject({
  model: z.string().optional(),
  host: z.string().optional(),
  keep_alive: z.string().optional(),
})

/** `$XDG_CONFIG_HOME/local-brain/config.yaml`: the user's own defaults. A repository has none. */
export type Config = z.infer<typeof schema>

/** Loaded only when there is a config. */
export async function parseConfig(text: string, file: string): Promise<Config> {
  const result = schema.safeParse(await parseYaml(text, file))
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new LocalBrainError('usage', `${file}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`, {
    hint: 'it may hold model, host and keep_alive',
  })
}
