import { isRecord } from '../../core/fits.ts'
import type { JsonSchema, ToolSpec } from '../../core/model.ts'

/** What Ollama keeps of a tool's properties (api/types.go, ToolProperty). It drops everything else silently. */
const parameterKeywords = new Set(['anyOf', 'type', 'items', 'description', 'enum', 'properties', 'required'])

/**
 * What llama.cpp turns into a grammar (common/json-schema-to-grammar.cpp), and `description`, which may be in the
 * prompt.
 */
const formatKeywords = new Set(
  `type properties required additionalProperties anyOf const enum items prefixItems minItems maxItems minLength maxLength
   format $ref $defs description minimum maximum exclusiveMinimum exclusiveMaximum`.split(/\s+/),
)

/** Keywords that only narrow. Without them the grammar allows more, and the validation of the reply catches it. */
const narrowing = new Set(['$schema', 'title', 'default', 'examples', 'pattern', 'multipleOf', 'propertyNames', 'id'])

const grammarFormats = new Set(['date', 'time', 'date-time', 'uuid'])

/** A grammar with 2000 or more repeats is refused, and nested repeats multiply. */
const maxRepeats = 500

const anyValue = { anyOf: ['string', 'number', 'boolean', 'null', 'array', 'object'].map((type) => ({ type })) }

/** Reduces a tool to what the server accepts. Limits and defaults, which it would drop, go into the description. */
export function reduceTool(spec: ToolSpec): ToolSpec {
  const known = reduced.get(spec)
  if (known !== undefined) return known
  const tool = { ...spec, parameters: parameter(spec.parameters) }
  reduced.set(spec, tool)
  return tool
}

/** Caches the result, since each request with the tool counts and sends it again. */
const reduced = new WeakMap<ToolSpec, ToolSpec>()

/**
 * Reduces a schema to the `format` of a request, which has to be an object. Throws a plain Error for what the grammar
 * cannot express: that is a bug in the schema, which a test should find. Validate the reply all the same.
 */
export function reduceFormat(schema: JsonSchema): JsonSchema {
  if (schema.type !== 'object') throw new Error('A format has to be an object: put the value into a property')
  return format(schema)
}

function parameter(schema: JsonSchema): JsonSchema {
  const unsupported = ['$ref', 'allOf', 'prefixItems'].find((key) => key in schema)
  if (unsupported !== undefined) throw new Error(`A tool parameter cannot have "${unsupported}"`)
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
    const min = isLimit(low) ? `at least ${low}${unit}` : ''
    const max = isLimit(high) ? `at most ${high}${unit}` : ''
    return [min, max].filter(Boolean).join(' and ')
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

/** zod gives every integer the bounds of a safe integer, which tell the model nothing. */
function isLimit(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) !== Number.MAX_SAFE_INTEGER
}

function format(schema: JsonSchema): JsonSchema {
  const { oneOf, ...rest } = schema
  const plain: JsonSchema = oneOf === undefined ? rest : { ...rest, anyOf: oneOf }
  if (plain.$ref === '#') throw new Error('A format cannot refer to its own root: give the recursive part a name')
  if (plain.prefixItems !== undefined && isRecord(plain.items))
    throw new Error('A format cannot have a tuple with a rest')
  for (const key of Object.keys(plain)) {
    if (!formatKeywords.has(key) && !narrowing.has(key)) throw new Error(`A format cannot have "${key}"`)
  }
  const kept = Object.fromEntries(Object.entries(plain).filter(([key, value]) => isKept(key, value, plain)))
  const isAny = Object.keys(kept).every((key) => key === 'description')
  return isAny ? { ...kept, ...anyValue } : walk(kept, format)
}

function isKept(key: string, value: unknown, schema: JsonSchema): boolean {
  switch (key) {
    case 'format':
      return grammarFormats.has(String(value))
    case 'maxLength':
    case 'maxItems':
    case 'minLength':
    case 'minItems':
      return Number(value) < maxRepeats
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return schema.type === 'integer' && isLimit(value)
    case 'additionalProperties':
      // Absent means that no other keys are allowed, and an answer is not better for keys that were not asked for.
      return isRecord(value) && Object.keys(value).length > 0
    case 'items':
      // The server reads only one of the two, `items` first.
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
