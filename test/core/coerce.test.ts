import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { coerceTo } from '../../src/core/coerce.ts'
import { toJsonSchema } from '../../src/core/json-schema.ts'

const schema = z.object({
  path: z.string(),
  offset: z.int().positive().optional(),
  ratio: z.number().optional(),
  staged: z.boolean().optional(),
  pattern: z.string().optional(),
  range: z.object({ from: z.int(), to: z.int() }).optional(),
  paths: z.array(z.string()).optional(),
  base: z.union([z.string(), z.int()]).optional(),
  note: z.string().nullable().optional(),
})

/** As a tool gets them. */
function coerceArguments(schema: z.ZodObject, given: unknown) {
  return schema.safeParse(coerceTo(toJsonSchema(schema), given))
}

const cases: [string, unknown, Record<string, unknown>][] = [
  ['a number written as text', { path: 'a', offset: '5' }, { path: 'a', offset: 5 }],
  ['a number in quotes', { path: 'a', offset: '"5"' }, { path: 'a', offset: 5 }],
  ['a whole number with a fraction of nothing', { path: 'a', offset: '5.0' }, { path: 'a', offset: 5 }],
  ['a fraction', { path: 'a', ratio: ' -0.5 ' }, { path: 'a', ratio: -0.5 }],
  ['true', { path: 'a', staged: 'true' }, { path: 'a', staged: true }],
  ['False', { path: 'a', staged: 'False' }, { path: 'a', staged: false }],
  ['a number for a text', { path: 42 }, { path: '42' }],
  ['an object as JSON text', { path: 'a', range: '{"from":"1","to":2}' }, { path: 'a', range: { from: 1, to: 2 } }],
  ['a list as JSON text', { path: 'a', paths: '["x", 1]' }, { path: 'a', paths: ['x', '1'] }],
  ['all arguments as JSON text', '{"path":"a","offset":"7"}', { path: 'a', offset: 7 }],
  ['a path in quotes and line breaks', { path: '\n"src/a.ts"\n' }, { path: 'src/a.ts' }],
  ['a path in backticks', { path: '`src/a.ts`' }, { path: 'src/a.ts' }],
  ['an optional null', { path: 'a', offset: null, staged: null }, { path: 'a' }],
  ['an optional nothing', { path: 'a', offset: '', range: '' }, { path: 'a' }],
  ['a null that is allowed', { path: 'a', note: null }, { path: 'a', note: null }],
  ['another spelling of a name', { Path: 'a', 'off-set': 5 }, { path: 'a', offset: 5 }],
  ['a name in camel case', { path: 'a', STAGED: true }, { path: 'a', staged: true }],
  ['the only text, for the one that is missing', { file_path: 'a', offset: 5 }, { path: 'a', offset: 5 }],
  ['a number where text may be one too', { path: 'a', base: 5 }, { path: 'a', base: 5 }],
]

test.each(cases)('%s is put right', (_, given, wanted) => {
  expect(coerceArguments(schema, given)).toEqual({ success: true, data: wanted })
})

test('a name that is right beats another spelling of it', () => {
  expect(coerceTo(toJsonSchema(schema), { path: 'a', Path: 'b' })).toEqual({ path: 'a', Path: 'b' })
})

test.each([
  ['quotes of a search', { path: 'a', pattern: '"quoted"' }],
  ['spaces of a search', { path: 'a', pattern: '  indented ' }],
  ['digits of a text', { path: '007' }],
  ['line breaks of a text', { path: 'a', pattern: '\nfirst\n\nlast\n\n' }],
  ['a text that is a line break', { path: 'a', pattern: '\n' }],
  ['Windows line breaks of a text', { path: 'a', pattern: '\r\na\r\n' }],
])('%s stay as written', (_, given) => {
  expect(coerceArguments(schema, given)).toEqual({ success: true, data: given })
})

test.each([
  ['words for a number', { path: 'a', offset: 'five' }],
  ['a fraction for a whole number', { path: 'a', offset: '1.5' }],
  ['a number below its bound', { path: 'a', offset: '-1' }],
  ['a required null', { path: null }],
  ['yes for a boolean', { path: 'a', staged: 'yes' }],
  ['a list for everything', ['a']],
  ['text that is no JSON', '{path: a'],
  ['two texts for the one that is missing', { file: 'a', folder: 'b' }],
  ['a list for the text that is missing', { files: ['a'] }],
])('%s is not guessed at', (_, given) => {
  expect(coerceArguments(schema, given).success).toBe(false)
})

test('arguments that are right are never changed', () => {
  const right = fc.record(
    {
      path: fc.stringMatching(/^[a-z]+$/),
      offset: fc.integer({ min: 1 }),
      staged: fc.boolean(),
      paths: fc.array(fc.string()),
    },
    { requiredKeys: ['path'] },
  )
  fc.assert(
    fc.property(right, (given) => {
      expect(coerceArguments(schema, given).data).toEqual({ ...given })
    }),
  )
})

test('nothing that a model writes makes it throw', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (given, path) => {
      coerceArguments(schema, given)
      expect(coerceTo({}, given)).toEqual(given)
      expect(coerceArguments(schema, { path }).success).toBe(!Array.isArray(path) && !isObject(path))
    }),
  )
})

function isObject(value: unknown): boolean {
  return typeof value === 'object'
}
