import type { Refusal } from './wire.ts'

type Schema = Record<string, unknown>

/** Types that llama.cpp's converter knows. */
const types = ['object', 'array', 'string', 'integer', 'number', 'boolean', 'null']

const unparsable = 'Failed to initialize samplers: failed to parse grammar'

/** Refuses a `format` that a real server or its grammar converter refuses. */
export function checkFormat(format: unknown, isNative: boolean): Refusal | undefined {
  if (format === undefined || format === null || format === 'json' || format === '') return undefined
  if (typeof format !== 'object' || Array.isArray(format)) {
    const shown = JSON.stringify(JSON.stringify(format))
    return { status: 500, error: `invalid format: ${shown}; expected "json" or a valid JSON Schema object` }
  }
  const problem = findProblem(format as Schema, format as Schema)
  if (problem === undefined) return undefined
  const where = isNative
    ? 'Unable to generate parser for this template. Automatic parser generation failed: '
    : `Field 'json_schema': "json_schema": `
  const message = problem.startsWith('JSON schema') ? where + problem : problem
  const error = { code: 400, message, type: 'invalid_request_error' }
  return { status: 400, error: JSON.stringify({ error }) }
}

function findProblem(schema: Schema, root: Schema): string | undefined {
  const { type, pattern, $ref: ref, maxLength, maxItems } = schema
  const converted = (problem: string) => `JSON schema conversion failed:\n${problem}`
  if (typeof type === 'string' && !types.includes(type)) {
    return converted(`Unrecognized schema: ${JSON.stringify(schema)}`)
  }
  if (typeof ref === 'string') {
    if (!/^(#\/|https:\/\/)/.test(ref)) return converted(`Unsupported ref: ${ref}`)
    const missing = missingStep(ref, root)
    if (missing) return converted(`Error resolving ref ${ref}: ${missing} not in ${JSON.stringify(root)}`)
  }
  if (typeof pattern === 'string') {
    if (!/^\^.*\$$/s.test(pattern)) return converted("Pattern must start with '^' and end with '$'")
    if (/\\[dws]/i.test(pattern)) return unparsable
  }
  // A repetition is written out, and the grammar may not have so many rules.
  if (Math.max(Number(maxLength ?? 0), Number(maxItems ?? 0)) >= 2000) return unparsable
  return subschemas(schema)
    .map((part) => findProblem(part, root))
    .find((problem) => problem !== undefined)
}

/** The first step of `#/a/b` that leads nowhere. */
function missingStep(ref: string, root: Schema): string | undefined {
  if (!ref.startsWith('#/')) return undefined
  let place: unknown = root
  for (const step of ref.slice(2).split('/')) {
    if (typeof place !== 'object' || place === null || !Object.hasOwn(place, step)) return step
    place = (place as Schema)[step]
  }
  return undefined
}

function subschemas(schema: Schema): Schema[] {
  const named = [schema.properties, schema.$defs].flatMap((map) => Object.values((map ?? {}) as Schema))
  const listed = [schema.anyOf, schema.oneOf, schema.allOf, schema.prefixItems].flatMap((list) => list ?? [])
  return [...named, ...listed, schema.items, schema.additionalProperties].filter(
    (value): value is Schema => typeof value === 'object' && value !== null,
  )
}
