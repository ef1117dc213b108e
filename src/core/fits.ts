import type { JsonSchema } from './model.ts'

/** True when `value` is what `schema` asks for, judged by the few keywords that engines keep of a tool's parameters. */
export function fits(schema: JsonSchema, value: unknown): boolean {
  // JSON allows 1e1000, which is read as Infinity and could not be written again.
  // guard: finite-number
  if (typeof value === 'number' && !Number.isFinite(value)) return false
  if (Array.isArray(schema.anyOf)) return schema.anyOf.some((choice) => fits(choice as JsonSchema, value))
  if (Array.isArray(schema.enum) && !schema.enum.includes(value)) return false
  const types = schema.type === undefined ? [] : [schema.type].flat()
  if (types.length > 0 && !types.some((type) => isOf(type, value))) return false
  if (Array.isArray(value)) {
    return schema.items === undefined || value.every((item) => fits(schema.items as JsonSchema, item))
  }
  return !isRecord(value) || hasProperties(schema, value)
}

/**
 * Checks a value by a JSON Schema, for the few values that a start reads: zod takes longer to load than all of them to
 * read. The schema has to say what `T` says.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what the schema says in words of types
export function shapeOf<T>(schema: JsonSchema) {
  return {
    safeParse: (value: unknown): { success: true; data: T } | { success: false } =>
      fits(schema, value) ? { success: true, data: value as T } : { success: false },
  }
}

function hasProperties(schema: JsonSchema, value: Record<string, unknown>): boolean {
  const required = (schema.required ?? []) as string[]
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>)
  return (
    required.every((name) => Object.hasOwn(value, name)) &&
    properties.every(([name, property]) => !Object.hasOwn(value, name) || fits(property, value[name]))
  )
}

function isOf(type: unknown, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'array') return Array.isArray(value)
  if (type === 'null') return value === null
  if (type === 'object') return isRecord(value)
  return typeof value === type
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * True when objects and lists are nested deeper than `levels`. Goes level by level: recursion could overflow the stack.
 */
export function isDeeper(value: unknown, levels: number): boolean {
  let level = [value]
  for (let depth = 0; depth <= levels && level.length > 0; depth += 1) {
    level = level.flatMap((inner) => (typeof inner === 'object' && inner !== null ? Object.values(inner) : []))
  }
  return level.length > 0
}
