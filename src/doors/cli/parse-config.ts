import * as z from 'zod'
import { isRecord } from '../../core/fits.ts'
import { parseHost } from '../../engines/host.ts'
import { LocalBrainError, isError } from '../../errors.ts'
import { parseYaml } from '../../skills/yaml.ts'
import { suggestion } from '../../text/nearest.ts'
import { parseKeepAlive } from './keep-alive.ts'

/** What each key may hold, as a line to copy. */
const examples = {
  model: 'model: qwen3:8b',
  host: 'host: http://127.0.0.1:11434',
  engine: 'engine: { url: http://127.0.0.1:8000/v1, kind: openai }',
  keep_alive: 'keep_alive: 10m',
  serve: 'serve: { port: 8080, token_file: ~/.config/local-brain/token }',
}

const schema = z.strictObject({
  model: z.string().min(1).optional(),
  host: z.string().refine(isHost).optional(),
  engine: z
    .strictObject({
      url: z.string().refine(isHost).optional(),
      kind: z.enum(['ollama', 'openai', 'embedded']).optional(),
    })
    .optional(),
  // YAML reads 0 and -1 as numbers.
  keep_alive: z.union([z.string(), z.number()]).transform(readKeepAlive).optional(),
  serve: z
    .strictObject({ port: z.int().min(0).max(65_535).optional(), token_file: z.string().min(1).optional() })
    .optional(),
})

/** `$XDG_CONFIG_HOME/local-brain/config.yaml`: the user's own defaults. A repository cannot set any. */
export type Config = z.infer<typeof schema>

export const configKeys: readonly string[] = Object.keys(examples)

/** What the file says, as it is written there. Rejects with LocalBrainError('invalid-config'). */
export async function parseSettings(text: string, file: string): Promise<Record<string, unknown>> {
  const settings = await parse(text, file)
  return isRecord(settings) ? settings : {}
}

/** Loaded only when there is something in the file. Rejects with LocalBrainError('invalid-config'). */
export async function parseConfig(text: string, file: string): Promise<Config> {
  const result = schema.safeParse((await parse(text, file)) ?? {})
  if (result.success) return result.data
  const [issue] = result.error.issues
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    throw wrong(`${file}: unknown key "${key}"`, suggestion(key, Object.keys(examples)))
  }
  const key = issue?.path[0] as keyof typeof examples | undefined
  if (key === undefined) throw wrong(`${file}: it has to be a list of settings`, Object.values(examples).join(', or '))
  throw wrong(`${file}: "${key}" has a value that can't be used`, examples[key])
}

async function parse(text: string, file: string): Promise<unknown> {
  if (text.trim() === '') return undefined
  try {
    return await parseYaml(text, file)
  } catch (error) {
    if (!isError(error, 'invalid-skill')) throw error
    throw wrong(error.message, `mend the line in ${file}, or start anew without the file`)
  }
}

function readKeepAlive(value: string | number, context: z.core.$RefinementCtx): string | number {
  const read = parseKeepAlive(String(value))
  if (read === undefined) context.addIssue('not a duration')
  return read ?? z.NEVER
}

function isHost(text: string): boolean {
  try {
    parseHost(text)
    return true
  } catch {
    return false
  }
}

function wrong(message: string, hint: string): LocalBrainError {
  return new LocalBrainError('invalid-config', `The configuration is not valid: ${message}`, { hint })
}
