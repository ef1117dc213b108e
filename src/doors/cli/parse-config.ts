import { isAbsolute } from 'node:path'
import * as z from 'zod'
import { isRecord } from '../../core/fits.ts'
import { parseHost } from '../../engines/host.ts'
import { engineKinds } from '../../engines/kinds.built.ts'
import { recommend } from '../../engines/known-models.ts'
import { LocalBrainError, isError } from '../../errors.ts'
import { lineOf, parseYaml } from '../../skills/yaml.ts'
import { shellWord } from '../../text/shell-word.ts'
import { suggestion } from '../../text/nearest.ts'
import { modelNamed } from './aliases.ts'
import { levelNames } from './flag-values.ts'
import { parseKeepAlive } from './keep-alive.ts'

/** What each key may hold, as a line to copy. */
const examples: Record<string, string> = {
  model: `model: ${recommend().name}`,
  host: 'host: http://127.0.0.1:11434',
  engine: 'engine: { url: http://127.0.0.1:8000/v1, kind: openai }',
  keep_alive: 'keep_alive: 10m',
  aliases: 'aliases: { fast: qwen3:4b, big: qwen3:14b }',
  serve: 'serve: { port: 8080, token_file: ~/.config/local-brain/token }',
  allow: 'allow: [write]',
  commands: 'commands: { allow: [npm test], deny: [git push] }',
  sandbox: 'sandbox: { read: [~/.foo], env: [JAVA_HOME], cache: true }',
  ask: 'ask: true',
  workspaces: 'workspaces: { ~/shop: { allow: [write, run], checks: [npm test] } }',
}

const words = z.array(z.string().trim().min(1))

/** What a person allows for chat and work without being asked. */
const consent = {
  allow: z.array(z.enum(levelNames)).optional(),
  commands: z.strictObject({ allow: words.optional(), deny: words.optional() }).optional(),
  ask: z.boolean().optional(),
}

const workspaceSchema = z.strictObject({ ...consent, checks: words.optional() })

const schema = z.strictObject({
  model: z.string().min(1).optional(),
  aliases: z.record(z.string().regex(/^[\w.-]+$/), z.string().trim().min(1)).optional(),
  host: z.string().refine(isHost).optional(),
  engine: z
    .strictObject({
      url: z.string().refine(isHost).optional(),
      kind: z.enum(engineKinds).optional(),
    })
    .optional(),
  // YAML reads 0 and -1 as numbers.
  keep_alive: z.union([z.string(), z.number()]).transform(readKeepAlive).optional(),
  serve: z
    .strictObject({ port: z.int().min(0).max(65_535).optional(), token_file: z.string().min(1).optional() })
    .optional(),
  ...consent,
  sandbox: z
    .strictObject({
      read: z.array(z.string().refine(isPlace)).optional(),
      env: z.array(z.string().regex(/^[A-Za-z_]\w*$/)).optional(),
      cache: z.boolean().optional(),
    })
    .optional(),
  workspaces: z.record(z.string().refine(isPlace), workspaceSchema).optional(),
})

/** `$XDG_CONFIG_HOME/local-brain/config.yaml`: the user's own defaults. A repository cannot set any. */
export type Config = z.infer<typeof schema>

export const configKeys: readonly string[] = Object.keys(examples)

/** `serve.port` → `serve.port 8080`: one key and a value for it, as a person can type them behind `config set`. */
export async function exampleToSet(parts: readonly string[]): Promise<string> {
  const [key = ''] = parts
  const example = await parseYaml(examples[key] ?? '', key)
  const wanted = exampleAt(example, parts)
  const { path, value } = isValid(wanted) ? wanted : exampleAt(example, [key])
  return `${shellWord(path.join('.'))} ${shellWord(Array.isArray(value) ? `[${value.join(', ')}]` : String(value))}`
}

type Example = { path: readonly string[]; value: unknown }

/** The value at a path, or at the first one below it that is no mapping. Names that a person gives stay. */
function exampleAt(example: unknown, parts: readonly string[]): Example {
  const path: string[] = []
  let value = example
  while (isRecord(value)) {
    const [first = ''] = Object.keys(value)
    const part = parts[path.length] ?? first
    value = Object.hasOwn(value, part) ? value[part] : value[first]
    path.push(part)
  }
  return { path, value }
}

function isValid({ path, value }: Example): boolean {
  const nested = path.reduceRight<unknown>((inside, part) => ({ [part]: inside }), value)
  return schema.safeParse(nested).success
}

/** What the file says, as it is written there. Rejects with LocalBrainError('invalid-config'). */
export async function parseSettings(text: string, file: string): Promise<Record<string, unknown>> {
  const settings = await parse(text, file)
  return isRecord(settings) ? settings : {}
}

/** Loaded only when there is something in the file. Rejects with LocalBrainError('invalid-config'). */
export async function parseConfig(text: string, file: string): Promise<Config> {
  const { config, faults } = await parseLeniently(text, file)
  const [fault] = faults
  if (fault !== undefined) throw fault
  return config
}

/**
 * What holds of the file, and every fault in it with its line: a key with a fault is left out. Rejects with
 * LocalBrainError('invalid-config') where the file is no YAML.
 */
export async function parseLeniently(
  text: string,
  file: string,
): Promise<{ config: Config; faults: readonly LocalBrainError[] }> {
  const settings = (await parse(text, file)) ?? {}
  const result = schema.safeParse(settings)
  if (result.success) return { config: withAliases(result.data), faults: [] }
  const { issues } = result.error
  // A value may be wrong in more than one way.
  const found = new Map(issues.flatMap(faultsOf).map((one) => [one.problem, one]))
  const faults = await Promise.all([...found.values()].map(async (one) => located(one, text, file)))
  const broken = new Set(issues.flatMap((issue) => topKeys(issue)))
  const whole = Object.entries(isRecord(settings) ? settings : {}).filter(([key]) => !broken.has(key))
  return { config: withAliases(schema.parse(Object.fromEntries(whole))), faults }
}

/** The model that is set, by the name that a server knows. */
function withAliases(config: Config): Config {
  return config.model === undefined ? config : { ...config, model: modelNamed(config.model, config) }
}

type Issue = z.core.$ZodIssue

function topKeys({ path, ...issue }: Issue): string[] {
  if (path.length > 0) return [String(path[0])]
  return issue.code === 'unrecognized_keys' ? issue.keys : []
}

type Fault = { path: readonly string[]; problem: string; hint: string | undefined }

function faultsOf(issue: Issue): Fault[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      problem: `unknown key "${[...path, key].join('.')}"`,
      hint: suggestion(key, keysAt(issue.path)),
    }))
  }
  const [key] = path
  if (key === undefined) {
    const hint = Object.values(examples).slice(0, 3).join(', or ')
    return [{ path, problem: 'it has to be a list of settings', hint }]
  }
  return [{ path, problem: `"${path.join('.')}" has a value that can't be used`, hint: examples[key] }]
}

async function located({ path, problem, hint }: Fault, text: string, file: string): Promise<LocalBrainError> {
  return wrong(`${file}:${await lineOf(text, path)}: ${problem}`, hint ?? '')
}

/** The keys that are known where one is not. */
function keysAt(path: readonly PropertyKey[]): string[] {
  const part = (shape: z.core.$ZodShape, key: PropertyKey | undefined): z.core.$ZodShape => {
    const found = key === undefined ? undefined : (shape[key.toString()] as z.ZodOptional<z.ZodObject> | undefined)
    return found?.unwrap().shape ?? {}
  }
  if (path.length === 0) return Object.keys(schema.shape)
  if (path[0] !== 'workspaces') return Object.keys(part(schema.shape, path[0]))
  return Object.keys(path.length === 2 ? workspaceSchema.shape : part(workspaceSchema.shape, path[2]))
}

/** A folder that means the same wherever the program is started. */
function isPlace(path: string): boolean {
  return path === '~' || path.startsWith('~/') || isAbsolute(path)
}

async function parse(text: string, file: string): Promise<unknown> {
  if (text.trim() === '') return undefined
  try {
    return await parseYaml(text, file)
  } catch (error) {
    if (!isError(error, 'invalid-skill')) throw error
    throw wrong(error.message, `correct the line in ${file}, or start anew without the file`)
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
