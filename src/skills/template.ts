import { isError, LocalBrainError } from '../errors.ts'
import { type Runtime, loadRuntime } from './engine.ts'
import { isPlainText } from './plain-text.ts'

/** What a template can name. Null reads as nothing; undefined is an input that nobody gave and prints as an error. */
export type TemplateValues = Readonly<Record<string, unknown>>

const maxCharacters = 16_000_000
const maxIterations = 100_000
/** Compiled templates kept; a run fills in two, for every unit. */
const mostKept = 50

type Filter = (value: unknown, ...args: readonly unknown[]) => unknown

const filters: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['default', orElse],
  ['d', orElse],
  ['trim', (value) => text(value).trim()],
  ['upper', (value) => text(value).toUpperCase()],
  ['lower', (value) => text(value).toLowerCase()],
  ['capitalize', (value) => text(value).charAt(0).toUpperCase() + text(value).slice(1).toLowerCase()],
  ['length', (value) => (Array.isArray(value) ? value.length : text(value).length)],
  ['count', (value) => (Array.isArray(value) ? value.length : text(value).length)],
  ['first', (value) => (Array.isArray(value) ? value[0] : text(value)[0])],
  ['last', (value) => (Array.isArray(value) ? value.at(-1) : text(value).at(-1))],
  ['dump', (value, indent) => JSON.stringify(value, null, typeof indent === 'number' ? indent : undefined)],
  ['join', join],
])

/** Whose template it is: what an error begins with, and the error for an input that is put out without a value. */
type TemplateOwner = { label: string; missing: (name: string) => Error }

/** A nunjucks template; `code` is what it was compiled to when the program was built. */
export type Template = { source: string; code?: string | undefined }

/**
 * Fills a skill's template in. The values are data and never read as a template. The compiled code meets nothing but
 * the objects made here: no loader, no globals, own properties of plain data only, a bounded number of loop rounds.
 */
export async function renderTemplate(
  template: Template,
  values: TemplateValues,
  owner: TemplateOwner,
): Promise<string> {
  if (isPlainText(template.source)) return template.source
  const [root, nunjucks] = await Promise.all([compile(template, values, owner.label), loadRuntime()])
  const context = createContext(values)
  const environment = createEnvironment(context, owner.missing)
  const frame = new nunjucks.Frame()
  frame.topLevel = true
  const result: { error?: Error; text?: string } = {}
  root(environment, context, frame, createRuntime(nunjucks, context, owner.missing), (error, rendered) => {
    Object.assign(result, error ? { error } : { text: rendered })
  })
  const { error, text = '' } = result
  const fault = error instanceof RangeError || text.length > maxCharacters ? tooLong() : error
  if (isError(fault, 'invalid-skill')) throw new LocalBrainError('invalid-skill', `${owner.label} ${fault.message}`)
  if (fault) throw fault
  return text
}

/** Compiled templates, by names and source: what is compiled holds nothing of the values. */
const compiled = new Map<string, Promise<Root>>()

function compile({ source, code }: Template, values: TemplateValues, label: string): Promise<Root> {
  const names = Object.keys(values)
  const key = JSON.stringify([names, source])
  const known = compiled.get(key)
  if (known) return known
  if (compiled.size >= mostKept) compiled.clear()
  const root = code === undefined ? compileNow(source, names, label) : Promise.resolve(rootOf(code))
  compiled.set(key, root)
  return root
}

async function compileNow(source: string, names: string[], label: string): Promise<Root> {
  const { compileTemplate } = await import('./compile-template.ts')
  return rootOf(await compileTemplate(source, { known: names, optional: names }, label))
}

/** Environment, context, frame, runtime, and what is called with the outcome before it returns. */
type Root = (...parts: [unknown, unknown, unknown, unknown, (error: unknown, text?: string) => void]) => void

/** Only nunjucks' own output for a template that passed the allowlist comes here (compile-template.ts). */
function rootOf(code: string): Root {
  // oxlint-disable-next-line typescript/no-implied-eval -- nunjucks knows no other way
  return (new Function(code) as () => { root: Root })().root
}

type Context = ReturnType<typeof createContext>

function createContext(values: TemplateValues) {
  const variables = new Map(Object.entries(values))
  return {
    unset: '',
    lookup(name: string): unknown {
      const value = variables.get(name)
      if (!variables.has(name)) throw invalid(`"${name}" has no value here`)
      if (value === undefined && Object.hasOwn(values, name)) this.unset = name
      return value
    },
    setVariable: (name: string, value: unknown) => void variables.set(name, value),
    addExport: () => undefined,
  }
}

function createEnvironment(context: Context, missing: (name: string) => Error) {
  return {
    opts: { autoescape: false },
    getTest: () => (value: unknown) => value !== undefined && value !== null,
    getFilter:
      (name: string): Filter =>
      (value, ...args) => {
        const filter = filters.get(name) ?? orElse
        if (value === undefined && filter !== orElse) throw missing(context.unset)
        const result = filter(value, ...args)
        if (typeof result === 'string' && result.length > maxCharacters) throw tooLong()
        return result
      },
  }
}

function createRuntime(nunjucks: Runtime, context: Context, missing: (name: string) => Error) {
  let iterations = 0
  return {
    ...nunjucks,
    handleError: (error: unknown) => error,
    ensureDefined(value: unknown): unknown {
      if (value === undefined) throw missing(context.unset)
      if (typeof value === 'object' && value !== null) throw invalid('puts out a list; loop over it or join it')
      return value
    },
    memberLookup(target: unknown, key: string): unknown {
      // guard: template-lookup
      const value = isPlain(target) && Object.hasOwn(target, key) ? target[key] : undefined
      if (value === undefined || typeof value === 'function') throw invalid(`uses ".${key}", which does not exist`)
      return value
    },
    fromIterator(list: unknown): unknown {
      if (!Array.isArray(list)) throw invalid('loops over something that is no list')
      iterations += list.length
      // guard: template-iterations
      if (iterations > maxIterations) throw invalid(`takes more than ${maxIterations} loop rounds`)
      return list
    },
  }
}

function isPlain(target: unknown): target is Record<string, unknown> {
  if (typeof target !== 'object' || target === null) return false
  return [Object.prototype, Array.prototype, null].includes(Object.getPrototypeOf(target))
}

function orElse(value: unknown, fallback: unknown = '', orEmpty: unknown = false): unknown {
  return value === undefined || value === null || (orEmpty === true && !value) ? fallback : value
}

function join(list: unknown, separator: unknown = '', field?: unknown): string {
  if (!Array.isArray(list)) throw invalid('joins something that is no list')
  const items = list.map((item: unknown) => (isPlain(item) && typeof field === 'string' ? item[field] : item))
  return items.map(text).join(text(separator))
}

function text(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'object') throw invalid('uses a list as text')
  return `${value as string | number | boolean}`
}

const invalid = (problem: string) => new LocalBrainError('invalid-skill', problem)
const tooLong = () => invalid(`comes to more than ${maxCharacters} characters`)
