import { coerceTo, foldName } from './coerce.ts'
import { isRecord } from './fits.ts'
import type { JsonSchema } from './model.ts'

/** `value` with the keys and choices that `schema` has, however their names are written, and its types put right. */
export function readAs(schema: JsonSchema, value: unknown): unknown {
  const properties = isRecord(schema.properties) ? (schema.properties as Record<string, JsonSchema>) : {}
  if (isRecord(value)) {
    const names = new Map(Object.keys(properties).map((name) => [foldName(name), name]))
    const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
      const name = Object.hasOwn(properties, key) ? key : names.get(foldName(key))
      if (name === undefined) return [[key, inner]]
      // What is written as it was asked for counts before what is nearly so.
      return name !== key && Object.hasOwn(value, name) ? [] : [[name, readAs(properties[name] ?? {}, inner)]]
    })
    return coerceTo(schema, Object.fromEntries(entries))
  }
  if (typeof value === 'string' && Array.isArray(schema.enum)) {
    const folded = foldName(value)
    return schema.enum.find((choice) => typeof choice === 'string' && foldName(choice) === folded) ?? value
  }
  return coerceTo(schema, value)
}

/** Levels of objects, lists and calls that may be put round an answer. */
const maxDepth = 3
const maxInner = 100

/** The value itself, and then what is inside it: models put an answer into a list, an object or a call. */
export function withInner(value: unknown, depth = 0): unknown[] {
  if (depth >= maxDepth) return [value]
  const inner = Array.isArray(value) ? value : isRecord(value) ? Object.entries(value).flatMap(notExample) : []
  const values = inner.slice(-maxInner).toReversed().map(unpacked)
  return [
    value,
    ...values.filter((one) => typeof one === 'object' && one !== null).flatMap((one) => withInner(one, depth + 1)),
  ]
}

function notExample([key, value]: [string, unknown]): unknown[] {
  return /example|sample|schema|format|template/i.test(key) ? [] : [value]
}

/** JSON inside a string, such as the arguments of a call. */
export function unpacked(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value) as unknown
  } catch {
    return value
  }
}

/** No reply nests its texts as deep. */
const maxTextDepth = 8

/** The value with each text in it as `plain` makes it. What stands as JSON in a text is gone through as JSON. */
export function plainTexts(value: unknown, plain: (text: string) => string, depth = 0): unknown {
  if (depth > maxTextDepth) return value
  const inner = (one: unknown) => plainTexts(one, plain, depth + 1)
  if (typeof value === 'string') {
    const packed = unpacked(value)
    if (packed === value) return plain(value)
    const mended = JSON.stringify(inner(packed))
    return mended === JSON.stringify(packed) ? value : mended
  }
  if (Array.isArray(value)) return value.map(inner)
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inner(one)])) : value
}
