import { isError, LocalBrainError } from '../errors.ts'
import { isPlainText, type Runtime, loadRuntime } from './nunjucks.ts'

/**
 * The values of a template by name. Null prints nothing; undefined is an input that was not given, an error to print.
 */
export type TemplateValues = Readonly<Record<string, unknown>>

const maxCharacters = 16_000_000
const maxIterations = 100_000
/** Compiled templates that are kept. A run needs two, for every unit. */
const maxKept = 50

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

/** `label` begins every error; `missing` makes the error for an input that is printed but has no value. */
type TemplateOwner = { label: string; missing: (name: string) => Error }

/** A nunjucks template. `code`: its JavaScript, if it was checked and compiled before. */
export type Template = { source: string; code?: string | undefined }

/**
 * Renders a skill's template. Values are data and never treated as templates. The compiled code only gets the objects
 * made here: no loader, no globals, own properties of plain data, a bounded number of loop iterations.
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
  if (isError(fault, 'invalid-skill')) {
    const hint = 'change the template, and see what it makes with --dry-run'
    throw new LocalBrainError('invalid-skill', `${owner.label} ${fault.message}`, { hint })
  }
  if (fault) throw fault
  return text
}

/** Compiled templates by source and names of values. They do not contain the values. */
const compiled = new Map<string, Promise<Root>>()

function compile({ source, code }: Template, values: TemplateValues, label: string): Promise<Root> {
  const names = Object.keys(values)
  const key = JSON.stringify([names, source])
  const known = compiled.get(key)
  if (known) return known
  if (compiled.size >= maxKept) compiled.clear()
  const root = code === undefined ? compileNow(source, names, label) : Promise.resolve(rootOf(code))
  compiled.set(key, root)
  return root
}

async function compileNow(source: string, names: string[], label: string): Promise<Root> {
  const { compileTemplate } = await import('./check-template.ts')
  return rootOf(await compileTemplate(source, { known: names, optional: names }, label))
}

/** Takes environment, context, frame, runtime and a callback, which it calls before it returns. */
type Root = (...parts: [unknown, unknown, unknown, unknown, (error: unknown, text?: string) => void]) => void

/** Runs code that nunjucks made of a template which passed the allowlist (check-template.ts), and no other code. */
function rootOf(code: string): Root {
  // oxlint-disable-next-line typescript/no-implied-eval -- nunjucks has no other way
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
    // A variable that is doubled again and again is small until somebody reads it.
    // guard: template-doubling
    setVariable: (name: string, value: unknown) => void variables.set(name, bounded(value)),
    addExport: () => undefined,
  }
}

function createEnvironment(context: Context, missing: (name: string) => Error) {
  let made = 0
  return {
    opts: { autoescape: false },
    getTest: () => (value: unknown) => value !== undefined && value !== null,
    getFilter:
      (name: string): Filter =>
      (value, ...args) => {
        const filter = filters.get(name) ?? orElse
        if (value === undefined && filter !== orElse) throw missing(context.unset)
        const result = filter(bounded(value), ...args)
        if (typeof result === 'string') made += result.length
        // guard: template-filters
        if (made > maxCharacters) throw tooLong()
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
      if (typeof value === 'object' && value !== null) throw invalid('prints a list; loop over it or join it')
      return value
    },
    memberLookup(target: unknown, key: string): unknown {
      // guard: template-lookup
      const value = isPlain(target) && Object.hasOwn(target, key) ? target[key] : undefined
      if (value === undefined || typeof value === 'function') throw invalid(`uses ".${key}", which does not exist`)
      return value
    },
    inOperator(value: unknown, list: unknown): boolean {
      if (Array.isArray(list)) return list.includes(value)
      if (typeof list === 'string') return list.includes(text(value))
      // guard: template-in
      throw invalid('looks with "in" into something that is neither a list nor text')
    },
    fromIterator(list: unknown): unknown {
      if (!Array.isArray(list)) throw invalid('loops over something that is not a list')
      iterations += list.length
      // guard: template-iterations
      if (iterations > maxIterations) throw invalid(`takes more than ${maxIterations} loop iterations`)
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
  if (!Array.isArray(list)) throw invalid('joins something that is not a list')
  const items = list.map((item: unknown) => (isPlain(item) && typeof field === 'string' ? item[field] : item))
  return items.map(text).join(text(separator))
}

function text(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'object') throw invalid('uses a list as text')
  return `${value as string | number | boolean}`
}

function bounded(value: unknown): unknown {
  if (typeof value === 'string' && value.length > maxCharacters) throw tooLong()
  return value
}

const invalid = (problem: string) => new LocalBrainError('invalid-skill', problem)
const tooLong = () => invalid(`renders to more than ${maxCharacters} characters`)
