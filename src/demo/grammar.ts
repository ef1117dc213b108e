import type { Refusal } from './wire.ts'

type Schema = Record<string, unknown>

/** Types that llama.cpp's converter knows. */
const types = ['object', 'array', 'string', 'integer', 'number', 'boolean', 'null']

/** A `format` that the server or its grammar converter refuses (reference ollama-wire, 7). */
export function checkFormat(format: unknown, isNative: boolean): Refusal | undefined {
  if (format === undefined || format === null || format === 'json' || format === '') return undefined
  if (typeof format !== 'object' || Array.isArray(format)) {
    const shown = JSON.stringify(JSON.stringify(format))
    return { status: 500, error: `invalid format: ${shown}; expected "json" or a valid JSON Schema object` }
  }
  const problem = findProblem(format as Schema)
  if (problem === undefined) return undefined
  const where = isNative
    ? 'Unable to generate parser for this template. Automatic parser generation failed: '
    : `Field 'json_schema': "json_schema": `
  const message = problem.startsWith('JSON schema') ? where + problem : problem
  const error = { code: 400, message, type: 'invalid_request_error' }
  return { status: 400, error: JSON.stringify({ error }) }
}

function findProblem(schema: Schema): string | undefined {
  if (typeof schema.type === 'string' && !types.includes(schema.type)) {
    return `JSON schema conversion failed:\nUnrecognized schema: ${JSON.stringify(schema)}`
  }
  if (typeof schema.$ref === 'string' && !/^(#\/|https:\/\/)/.test(schema.$ref)) {
    return `JSON schema conversion failed:\nUnsupported ref: ${schema.$ref}`
  }
  if (typeof schema.pattern === 'string') {
    if (!/^\^.*\$$/s.test(schema.pattern))
      return "JSON schema conversion failed:\nPattern must start with '^' and end with '$'"
    if (/\\[dwsDWS]/.test(schema.pattern)) return 'Failed to initialize samplers: failed to parse grammar'
  }
  if ([schema.maxLength, schema.maxItems].some((limit) => typeof limit === 'number' && limit >= 2000)) {
    return 'Failed to initialize samplers: failed to parse grammar'
  }
  return subschemas(schema)
    .map(findProblem)
    .find((problem) => problem !== undefined)
}

function subschemas(schema: Schema): Schema[] {
  const named = [schema.properties, schema.$defs].flatMap((map) => Object.values((map ?? {}) as Schema))
  const listed = [schema.anyOf, schema.oneOf, schema.allOf, schema.prefixItems].flatMap((list) => list ?? [])
  return [...named, ...listed, schema.items, schema.additionalProperties].filter(
    (value): value is Schema => typeof value === 'object' && value !== null,
  )
}
