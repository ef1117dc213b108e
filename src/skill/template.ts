import { isError, LocalBrainError } from '../errors.ts'
import { checkTemplate, isPlainText } from './check-template.ts'
import { type Engine, loadEngine } from './engine.ts'

/** What a template can name. Null reads as nothing; undefined is an input that nobody gave and prints as an error. */
export type TemplateValues = Readonly<Record<string, unknown>>

const maxCharacters = 16_000_000
const maxIterations = 100_000

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

/**
 * Fills a skill's template in. The values are data and never read as a template. The compiled code meets nothing but
 * the objects made here: no loader, no globals, own properties of plain data only, a bounded number of loop rounds.
 */
export async function renderTemplate(source: string, values: TemplateValues, owner: TemplateOwner): Promise<string> {
  if (isPlainText(source)) return source
  const engine = await loadEngine()
  const template = compile(engine, source, { names: Object.keys(values), label: owner.label })
  const context = createContext(values)
  const environment = createEnvironment(context, owner.missing)
  const runtime = createRuntime(engine, context, owner.missing)
  const frame = new engine.runtime.Frame()
  frame.topLevel = true
  const result: { error?: Error; text?: string } = {}
  template.rootRenderFunc(environment, context, frame, runtime, (error, rendered) => {
    Object.assign(result, error ? { error } : { text: rendered })
  })
  const { error, text = '' } = result
  const fault = error instanceof RangeError || text.length > maxCharacters ? tooLong() : error
  if (isError(fault, 'invalid-skill')) throw new LocalBrainError('invalid-skill', `${owner.label} ${fault.message}`)
  if (fault) throw fault
  return text
}

type Template = InstanceType<Engine['Template']>

const mostCompiled = 50
/** A run fills the same two templates in for every unit. What is compiled holds nothing of the values. */
const compiled = new Map<string, Template>()

function compile(engine: Engine, source: string, { names, label }: { names: string[]; label: string }): Template {
  const key = JSON.stringify([names, source])
  const known = compiled.get(key)
  if (known) return known
  const [problem] = checkTemplate(engine, source, { known: names, optional: names })
  if (problem) throw new LocalBrainError('invalid-skill', `${label} ${problem.message}`, problem)
  if (compiled.size >= mostCompiled) compiled.clear()
  const template = new engine.Template(source, compileEnvironment, undefined, true)
  compiled.set(key, template)
  return template
}

const compileEnvironment = { asyncFilters: [], extensionsList: [], opts: { autoescape: false, throwOnUndefined: true } }

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
    ...compileEnvironment,
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

function createRuntime(engine: Engine, context: Context, missing: (name: string) => Error) {
  let iterations = 0
  return {
    ...engine.runtime,
    handleError: (error: unknown) => error,
    ensureDefined(value: unknown): unknown {
      if (value === undefined) throw missing(context.unset)
      if (typeof value === 'object' && value !== null) throw invalid('puts out a list; loop over it or join it')
      return value
    },
    memberLookup(target: unknown, key: string): unknown {
      const value = isPlain(target) && Object.hasOwn(target, key) ? target[key] : undefined
      if (value === undefined || typeof value === 'function') throw invalid(`uses ".${key}", which does not exist`)
      return value
    },
    fromIterator(list: unknown): unknown {
      if (!Array.isArray(list)) throw invalid('loops over something that is no list')
      iterations += list.length
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
