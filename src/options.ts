import * as z from 'zod'
import { accessLevels } from './core/access.ts'
import { engineKinds } from './engines/kinds.built.ts'
import { LocalBrainError } from './errors.ts'
import { explain } from './skills/explain.ts'
import { severities } from './skills/severity.ts'

/**
 * What the types of the library say, for programs that no compiler has read: a wrong value would be ignored, or fail where
 * nobody could tell why. Names that are not known are let be.
 */
const text = z.string('must be a text')
const texts = z.array(text, 'must be a list of texts')
const flag = z.boolean('must be true or false')
const count = z.int('must be a whole number above 0').positive('must be a whole number above 0')
const seconds = z.number('must be a number of seconds').positive('must be a number of seconds')
const oneOf = <const T extends readonly string[]>(values: T) => z.enum(values, `must be one of ${values.join(', ')}`)
const some = <T extends z.ZodRawShape>(shape: T) => z.looseObject(shape, 'must be an object').partial()

const access = oneOf(accessLevels)
const accesses = z.array(access, 'must be a list, such as ["write"]')

const model = some({
  name: text,
  configured: text,
  host: text,
  kind: oneOf(engineKinds),
  key: text,
  allowRemote: flag,
  numCtx: count,
  options: z.record(z.string(), z.union([z.number(), text, flag]), 'must be an object'),
  think: z.union([z.boolean(), z.enum(['low', 'medium', 'high'])], 'must be true, false, low, medium or high'),
  keepAlive: z.union([z.string(), z.number()], 'must be seconds or a duration such as 10m'),
  parallel: count,
  loadedOnly: flag,
  workChars: count,
})

const request = some({
  skill: text,
  work: some({ files: texts, dir: text, prompt: text }),
  shape: text,
  vars: z.record(z.string(), text, 'must be an object of texts'),
  root: text,
  cwd: text,
  model,
  limits: some({
    turns: count,
    timeout: seconds,
    units: count,
    findings: z.int('must be a whole number').nonnegative(),
  }),
  verify: z.union([z.boolean(), z.enum(severities)], `must be true, false or one of ${severities.join(', ')}`),
  cache: flag,
  failOn: oneOf(severities),
  allow: access,
  network: flag,
  commands: texts,
  checks: texts,
  sandbox: some({ kind: oneOf(['auto', 'none']), read: texts, env: texts, cache: flag }),
  fix: flag,
  allowPaths: texts,
  rounds: count,
})

const schemas = {
  request,
  chat: request.extend({ session: z.union([flag, text], 'must be true, false or an id').optional() }),
  task: z.looseObject({ spec: z.union([text, z.looseObject({ text })], 'must be a file, or { text }') }),
  model,
  call: z.looseObject({ root: text, allow: accesses.optional(), commands: texts.optional() }),
  tools: some({ access, dialect: oneOf(['openai', 'anthropic', 'ollama']) }),
  server: some({
    root: text,
    port: z.int('must be a port from 0 to 65535').min(0).max(65_535, 'must be a port from 0 to 65535'),
    bind: text,
    token: text,
    allow: accesses,
    commands: texts,
    inject: oneOf(['auto', 'always', 'never']),
    maxIterations: count,
    defaultModel: text,
    host: text,
    key: text,
    numCtx: count,
  }),
}

/** Throws LocalBrainError 'usage' that names the first option with a wrong value. */
export function checkOptions(kind: keyof typeof schemas, given: unknown): void {
  const { error } = schemas[kind].safeParse(given)
  const [issue] = error?.issues ?? []
  if (issue === undefined) return
  const isObject = typeof given === 'object' && given !== null
  const [problem] = isObject ? explain(issue, given as Record<string, unknown>, () => []) : []
  throw new LocalBrainError('usage', problem?.message ?? 'The options must be an object', {
    hint: problem?.hint ?? 'docs/library.md of local-brain lists the options',
  })
}
