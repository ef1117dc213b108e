import { isRecord } from '../../core/fits.ts'
import type { JsonSchema, ToolSpec } from '../../core/model.ts'

/** What Ollama keeps of a tool's properties (api/types.go, ToolProperty); it drops everything else without a word. */
const parameterKeywords = new Set(['anyOf', 'type', 'items', 'description', 'enum', 'properties', 'required'])

/** What llama.cpp turns into a grammar (common/json-schema-to-grammar.cpp), and the description, which the prompt may print. */
const formatKeywords = new Set(
  `type properties required additionalProperties anyOf const enum items prefixItems minItems maxItems minLength maxLength
   format $ref $defs description minimum maximum exclusiveMinimum exclusiveMaximum`.split(/\s+/),
)

/** Keywords that only narrow: without them the grammar lets more through, and our own validation catches it. */
const narrowing = new Set(['$schema', 'title', 'default', 'examples', 'pattern', 'multipleOf', 'propertyNames', 'id'])

const grammarFormats = new Set(['date', 'time', 'date-time', 'uuid'])

/** Repeats of 2000 and more are refused as a grammar, and nested ones multiply. */
const longestRepeat = 500

const anyValue = { anyOf: ['string', 'number', 'boolean', 'null', 'array', 'object'].map((type) => ({ type })) }

/** A tool as the server takes it: limits and defaults, which it would drop, are said in the description. */
export function reduceTool(spec: ToolSpec): ToolSpec {
  const known = reduced.get(spec)
  if (known !== undefined) return known
  const tool = { ...spec, parameters: parameter(spec.parameters) }
  reduced.set(spec, tool)
  return tool
}

/** Each spec is reduced once, however often a request with it is counted or sent. */
const reduced = new WeakMap<ToolSpec, ToolSpec>()

/**
 * The `format` of a request, for an object. Throws a plain Error where the grammar cannot say what the schema says:
 * that is a mistake in our schema, for a test to find. Validate the reply all the same.
 */
export function reduceFormat(schema: JsonSchema): JsonSchema {
  if (schema.type !== 'object') throw new Error('A format has to be an object: put the value into a property')
  return format(schema)
}

function parameter(schema: JsonSchema): JsonSchema {
  const unsayable = ['$ref', 'allOf', 'prefixItems'].find((key) => key in schema)
  if (unsayable !== undefined) throw new Error(`A tool parameter cannot say "${unsayable}"`)
  const { oneOf, const: only, ...rest } = schema
  const plain: JsonSchema = {
    ...rest,
    ...(oneOf !== undefined && { anyOf: oneOf }),
    ...(only !== undefined && { enum: [only] }),
  }
  const description = [plain.description, limits(plain)].filter(Boolean).join(' ')
  const kept = Object.entries(plain).filter(([key]) => parameterKeywords.has(key) && key !== 'description')
  return { ...(description && { description }), ...walk(Object.fromEntries(kept), parameter) }
}

function limits(schema: JsonSchema): string {
  const { default: fallback, minimum, maximum, minLength, maxLength, minItems, maxItems, pattern } = schema
  const range = (low: unknown, high: unknown, unit: string) => {
    const least = isLimit(low) ? `at least ${low}${unit}` : ''
    const most = isLimit(high) ? `at most ${high}${unit}` : ''
    return [least, most].filter(Boolean).join(' and ')
  }
  const parts = [
    fallback === undefined ? '' : `default ${JSON.stringify(fallback)}`,
    range(minimum ?? schema.exclusiveMinimum, maximum ?? schema.exclusiveMaximum, ''),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' items'),
    typeof pattern === 'string' ? `matches ${pattern}` : '',
  ].filter(Boolean)
  return parts.length === 0 ? '' : `(${parts.join(', ')})`
}

/** zod gives every integer the bounds of a safe integer; those say nothing. */
function isLimit(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) !== Number.MAX_SAFE_INTEGER
}

function format(schema: JsonSchema): JsonSchema {
  const { oneOf, ...rest } = schema
  const plain: JsonSchema = oneOf === undefined ? rest : { ...rest, anyOf: oneOf }
  if (plain.$ref === '#') throw new Error('A format cannot refer to its own root: give the recursive part a name')
  if (plain.prefixItems !== undefined && isRecord(plain.items))
    throw new Error('A format cannot say a tuple with a rest')
  for (const key of Object.keys(plain)) {
    if (!formatKeywords.has(key) && !narrowing.has(key)) throw new Error(`A format cannot say "${key}"`)
  }
  const kept = Object.fromEntries(Object.entries(plain).filter(([key, value]) => isKept(key, value, plain)))
  const saysNothing = Object.keys(kept).every((key) => key === 'description')
  return saysNothing ? { ...kept, ...anyValue } : walk(kept, format)
}

function isKept(key: string, value: unknown, schema: JsonSchema): boolean {
  switch (key) {
    case 'format':
      return grammarFormats.has(String(value))
    case 'maxLength':
    case 'maxItems':
    case 'minLength':
    case 'minItems':
      return Number(value) < longestRepeat
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return schema.type === 'integer' && isLimit(value)
    case 'additionalProperties':
      // Absent means that there are none, and an answer is not better for keys that nobody asked for.
      return isRecord(value) && Object.keys(value).length > 0
    case 'items':
      // The server looks at one of the two only, and at this one first.
      return !('prefixItems' in schema)
    default:
      return formatKeywords.has(key)
  }
}

/** Applies `change` to every schema inside one. */
function walk(schema: JsonSchema, change: (inner: JsonSchema) => JsonSchema): JsonSchema {
  const each = (inner: unknown) => change(inner as JsonSchema)
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key === 'properties' || key === '$defs') {
        return [
          key,
          Object.fromEntries(Object.entries(value as JsonSchema).map(([name, inner]) => [name, each(inner)])),
        ]
      }
      if (key === 'anyOf' || key === 'prefixItems') return [key, (value as JsonSchema[]).map(each)]
      if (key === 'items' || key === 'additionalProperties') return [key, each(value)]
      return [key, value]
    }),
  )
}
