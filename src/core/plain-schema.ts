import { isRecord } from './fits.ts'
import type { JsonSchema } from './model.ts'

/** What engines know, or tell the model. Everything else only narrows: without it more is allowed than was meant. */
const keywords = new Set(
  `type properties required additionalProperties anyOf const enum items minItems maxItems minLength maxLength format
   description minimum maximum exclusiveMinimum exclusiveMaximum default pattern title`.split(/\s+/),
)

/** Schemas in one, with those that it refers to: each place of a reference becomes a schema of its own. */
const maxSchemas = 5000
const maxDepth = 30

/**
 * Somebody else's schema without references and without what has no place in a grammar. Whatever can't be understood allows
 * everything. The root is an object.
 */
export function plainSchema(root: JsonSchema): JsonSchema {
  const whole = { root, left: maxSchemas }
  const plain = (given: unknown, depth: number): JsonSchema => {
    if (!isRecord(given) || depth > maxDepth) return {}
    const schema = merged(given, whole)
    const inner = (one: unknown) => plain(one, depth + 1)
    const entries = Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
      if (key === 'oneOf' || key === 'anyOf') return Array.isArray(value) ? [['anyOf', value.map(inner)]] : []
      if (!keywords.has(key) || value === null) return []
      if (key === 'properties') return isRecord(value) ? [[key, mapValues(value, inner)]] : []
      if (key === 'items') return isRecord(value) ? [[key, inner(value)]] : []
      if (key === 'additionalProperties') return [[key, isRecord(value) ? inner(value) : value]]
      if (key === 'required' || key === 'enum') return Array.isArray(value) ? [[key, value]] : []
      return [[key, value]]
    })
    return Object.fromEntries(entries)
  }
  return { ...plain(root, 0), type: 'object' }
}

function mapValues(
  record: Record<string, unknown>,
  change: (value: unknown) => JsonSchema,
): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
}

/** The whole schema, and how many more are looked at in it. */
type Whole = { root: JsonSchema; left: number }

/** A schema with what it refers to and all that it has to be as well, in one. */
function merged(schema: JsonSchema, whole: Whole, steps = 0): JsonSchema {
  const { $ref: reference, allOf, ...rest } = schema
  whole.left -= 1
  if (whole.left < 0) return {}
  if (steps > maxDepth || (reference === undefined && allOf === undefined)) return rest
  const referred = reference === undefined ? [] : [found(reference, whole.root)]
  const parts = [...referred, ...(Array.isArray(allOf) ? allOf : [])]
  return parts.filter(isRecord).reduceRight<JsonSchema>((sum, part) => both(merged(part, whole, steps + 1), sum), rest)
}

/** The second one wins where they say different things of the same. */
function both(first: JsonSchema, second: JsonSchema): JsonSchema {
  const properties = { ...recordOf(first['properties']), ...recordOf(second['properties']) }
  const required = [first['required'], second['required']].flatMap((one) => (Array.isArray(one) ? one : []))
  return {
    ...first,
    ...second,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required: [...new Set(required)] }),
  }
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}

/** What `#/$defs/name` leads to. Nothing is fetched. */
function found(reference: unknown, root: JsonSchema): unknown {
  if (typeof reference !== 'string' || !reference.startsWith('#')) return undefined
  const keys = reference.split('/').slice(1)
  return keys.reduce<unknown>((at, key) => {
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~')
    return isRecord(at) && Object.hasOwn(at, name) ? at[name] : undefined
  }, root)
}
