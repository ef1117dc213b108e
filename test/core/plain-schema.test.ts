import { expect, test } from 'vitest'
import { plainSchema } from '../../src/core/plain-schema.ts'
import { reduceFormat, reduceTool } from '../../src/engines/chat/grammar.ts'

const text = { type: 'string' }

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ['nothing', {}, { type: 'object' }],
  [
    'a reference',
    { properties: { town: { $ref: '#/$defs/town', description: 'Where.' } }, $defs: { town: text } },
    { type: 'object', properties: { town: { ...text, description: 'Where.' } } },
  ],
  [
    'parts of one',
    {
      allOf: [{ $ref: '#/definitions/a' }, { properties: { b: text }, required: ['b'] }],
      definitions: { a: { properties: { a: text }, required: ['a'] } },
    },
    { type: 'object', properties: { a: text, b: text }, required: ['a', 'b'] },
  ],
  [
    'a reference to nothing, and one to another place',
    { properties: { a: { $ref: '#/$defs/none' }, b: { $ref: 'https://example.com/schema.json' } } },
    { type: 'object', properties: { a: {}, b: {} } },
  ],
  [
    'what no engine knows',
    {
      type: 'object',
      properties: { a: { not: text, if: {}, nullable: true, oneOf: [text, true] } },
      $id: 'x',
      minProperties: 1,
    },
    { type: 'object', properties: { a: { anyOf: [text, {}] } } },
  ],
  [
    'odd values',
    { properties: { a: { type: 'array', items: [text], prefixItems: [text], anyOf: 5 } }, required: 'a' },
    { type: 'object', properties: { a: { type: 'array' } } },
  ],
])('a schema with %s is one that every engine takes', (_, schema, plain) => {
  expect(plainSchema(schema)).toEqual(plain)
  expect(() => reduceTool({ name: 'a', description: '', parameters: plainSchema(schema) })).not.toThrow()
  expect(() => reduceFormat(plainSchema(schema))).not.toThrow()
})

test('one that refers to itself, or doubles with each step, ends', () => {
  const self = plainSchema({ properties: { next: { $ref: '#' } } })
  expect(JSON.stringify(self).length).toBeLessThan(10_000)
  expect(plainSchema({ $ref: '#' })).toEqual({ type: 'object' })
  const doubling = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => {
      const next = { $ref: `#/$defs/d${at + 1}` }
      return [`d${at}`, { properties: { a: next, b: next }, allOf: [next, next] }]
    }),
  )
  expect(JSON.stringify(plainSchema({ $ref: '#/$defs/d0', $defs: doubling })).length).toBeLessThan(1_000_000)
})
