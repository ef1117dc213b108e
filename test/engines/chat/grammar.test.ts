import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { toJsonSchema } from '../../../src/core/json-schema.ts'
import { reduceFormat, reduceTool } from '../../../src/engines/chat/grammar.ts'

const toFormat = (schema: z.ZodType) => reduceFormat(toJsonSchema(schema))
const toParameters = (schema: z.ZodObject) =>
  reduceTool({ name: 'a', description: 'b', parameters: toJsonSchema(schema) }).parameters

const serverKeeps = ['anyOf', 'type', 'items', 'description', 'enum', 'properties', 'required']

function keywords(schema: unknown, isNames = false): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  if (Array.isArray(schema)) return schema.flatMap((inner) => keywords(inner))
  return Object.entries(schema).flatMap(([key, inner]) => [
    ...(isNames ? [] : [key]),
    ...(key === 'enum' || key === 'required' ? [] : keywords(inner, key === 'properties' || key === '$defs')),
  ])
}

describe('what a model is told about a tool', () => {
  const readFile = z.object({
    path: z.string().min(1).describe('File below the root'),
    limit: z.int().min(1).max(2000).default(500).describe('Lines to read'),
    kind: z.enum(['text', 'json']).optional(),
    exact: z.literal('yes').optional(),
    ranges: z
      .array(z.object({ from: z.int().positive() }))
      .max(3)
      .optional(),
    revision: z
      .string()
      .regex(/^[0-9a-f]+$/)
      .nullable()
      .optional(),
  })

  test('holds nothing that the server would drop', () => {
    expect(keywords(toParameters(readFile)).filter((key) => !serverKeeps.includes(key))).toEqual([])
  })

  test('says limits and defaults in the description', () => {
    const { properties } = toParameters(readFile) as { properties: Record<string, { description: string }> }
    expect(properties.limit?.description).toBe('Lines to read (default 500, at least 1 and at most 2000)')
    expect(properties.path?.description).toBe('File below the root (at least 1 characters)')
    expect(properties.ranges?.description).toBe('(at most 3 items)')
  })

  test('asks only for what has no default', () => {
    expect(toParameters(readFile).required).toEqual(['path'])
  })

  test('keeps a fixed value as the one choice', () => {
    const { properties } = toParameters(readFile) as { properties: Record<string, unknown> }
    expect(properties.exact).toEqual({ type: 'string', enum: ['yes'] })
  })

  test('is nothing but an empty object for a tool without arguments', () => {
    expect(toParameters(z.object({}))).toEqual({ type: 'object', properties: {} })
  })

  test('refuses a schema that refers to itself', () => {
    type Tree = { children: Tree[] }
    const tree: z.ZodType<Tree> = z.object({ children: z.array(z.lazy(() => tree)) })
    expect(() => toParameters(z.object({ tree }))).toThrow(/"\$ref"/)
  })
})

describe('what the server makes a grammar of', () => {
  test('drops what breaks a grammar or is ignored, and keeps what works', () => {
    const schema = z.object({
      path: z.string().regex(/^\w+$/).max(300),
      essay: z.string().max(5000),
      mail: z.email(),
      day: z.iso.date(),
      line: z.int().min(1).max(90_000),
      score: z.number().min(0).max(1),
      many: z.array(z.string()).max(2000),
      few: z.array(z.string()).min(1).max(5),
    })
    expect(toFormat(schema)).toMatchObject({
      type: 'object',
      properties: {
        path: { type: 'string', maxLength: 300 },
        essay: { type: 'string' },
        mail: { type: 'string' },
        day: { type: 'string', format: 'date' },
        line: { type: 'integer', minimum: 1, maximum: 90_000 },
        score: { type: 'number' },
        many: { type: 'array', items: { type: 'string' } },
        few: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 5 },
      },
      required: ['path', 'essay', 'mail', 'day', 'line', 'score', 'many', 'few'],
    })
    const used = keywords(toFormat(schema))
    expect(used.filter((key) => ['$schema', 'pattern', 'default', 'additionalProperties'].includes(key))).toEqual([])
    expect(JSON.stringify(toFormat(schema))).not.toMatch(/email|5000|2000|9007199254740991/)
  })

  test('spells out what any value may be, since an empty schema would mean an object', () => {
    const { properties } = toFormat(z.object({ any: z.unknown() })) as { properties: { any: { anyOf: unknown[] } } }
    expect(properties.any.anyOf).toHaveLength(6)
  })

  test('keeps the values of a record', () => {
    expect(toFormat(z.object({ ages: z.record(z.string(), z.int()) }))).toMatchObject({
      properties: { ages: { type: 'object', additionalProperties: { type: 'integer' } } },
    })
  })

  test('keeps each place of a tuple, and no keys that nobody asked for', () => {
    const schema = z.object({ pair: z.tuple([z.string(), z.boolean()]), open: z.looseObject({ a: z.string() }) })
    expect(toFormat(schema).properties).toEqual({
      pair: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'boolean' }], minItems: 2, maxItems: 2 },
      open: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    })
  })

  test('makes a choice by a tag a plain union', () => {
    const shape = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), x: z.string() }),
      z.object({ kind: z.literal('b') }),
    ])
    const { properties } = toFormat(z.object({ shape })) as { properties: { shape: { anyOf: unknown[] } } }
    expect(properties.shape.anyOf).toHaveLength(2)
  })

  test('keeps a recursive part that has a name', () => {
    type Tree = { children: Tree[] }
    const tree: z.ZodType<Tree> = z.object({ children: z.array(z.lazy(() => tree)) }).meta({ id: 'Tree' })
    expect(JSON.stringify(toFormat(z.object({ tree })))).toContain('"$ref":"#/$defs/Tree"')
  })

  test.each([
    ['a list at the root', z.array(z.string()), /has to be an object/],
    [
      'an intersection',
      z.object({ a: z.intersection(z.object({ b: z.string() }), z.record(z.string(), z.string())) }),
      /allOf/,
    ],
    ['a tuple with a rest', z.object({ a: z.tuple([z.string()], z.int()) }), /rest/],
    ['nothing at all', z.object({ a: z.never() }), /"not"/],
    ['a date object', z.object({ a: z.date() }), /Date/],
  ])('refuses %s', (_, schema, message) => {
    expect(() => toFormat(schema)).toThrow(message)
  })

  test('refuses a root that refers to itself', () => {
    type Tree = { children: Tree[] }
    const tree: z.ZodType<Tree> = z.object({ children: z.array(z.lazy(() => tree)) })
    expect(() => toFormat(tree)).toThrow(/its own root/)
  })
})
