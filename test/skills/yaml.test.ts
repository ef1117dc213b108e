import { expect, test } from 'vitest'
import { parseYaml } from '../../src/skills/yaml.ts'
import { failure } from './folder.ts'

const parse = (text: string) => parseYaml(text, 'a/review.yaml')

test('plain YAML becomes plain data', async () => {
  expect(await parse('a: |\n  x\n  {{ "don\'t [" }}\nb: [1, yes, null]\n"c": { d: "\\t" }')).toEqual({
    a: 'x\n{{ "don\'t [" }}\n',
    b: [1, 'yes', null],
    c: { d: '\t' },
  })
})

const deep = 'is nested deeper than 20 levels'
const many = 'has more than 4000 words and marks'
test.each([
  ['an alias', 'a: &x 1\nb: *x', '2: an alias (*name) is not allowed'],
  ['a bomb of aliases', 'a: &a [x,x]\nb: &b [*a,*a]\nc: 1', '2: an alias (*name) is not allowed'],
  ['a merge key', 'a: &x { b: 1 }\nc:\n  <<: *x', '3: an alias (*name) is not allowed'],
  ['flow nesting', `a: ${'['.repeat(100)}`, `1: ${deep}`],
  ['a flow bomb', `a: ${'['.repeat(5000)}`, `1: ${many}`],
  ['flow nesting behind a stray quote', `a: don't \nb: ${'['.repeat(100)}`, `2: ${deep}`],
  ['mapping nesting', '{a: '.repeat(300), `1: ${deep}`],
  ['block nesting', Array.from({ length: 30 }, (_, index) => `${' '.repeat(index)}k:`).join('\n'), `21: ${deep}`],
  ['sequence nesting', '- '.repeat(300), `1: ${deep}`],
  ['many keys', Array.from({ length: 9000 }, (_, index) => `k${index}: 1`).join('\n'), many],
  ['a repeated key', 'a: 1\na: 2', '2: Map keys must be unique'],
  ['a second document', 'a: 1\n---\nb: 2', '2: only one document is allowed'],
  ['a directive', '%YAML 1.1\n---\na: yes', '1: a % directive is not allowed'],
  ['a tag for code', "a: !!js/function 'x'", '1: Unresolved tag: tag:yaml.org,2002:js/function'],
  ['a key that is no text', '[a]: 1', '1: With stringKeys, all keys must be strings'],
  ['a syntax error', 'a: 1\nb: "x', '2: Missing closing'],
  ['a control character', 'a: 1\nb: \u001b[2J', '2: has an invisible character (U+001B)'],
  ['a direction override', 'a: x\u202ey', '1: has an invisible character (U+202E)'],
  ['an escaped control character', 'a: "\\e[2J"', '1: has an escape for an invisible character'],
])('%s is refused with its line', async (_, text, message) => {
  const seen = await failure(parse(text))
  expect(seen).toMatchObject({ code: 'invalid-skill', hint: 'local-brain skills check review.yaml' })
  expect(seen.message).toContain(message)
})

test('a merge key is a key like any other', async () => {
  expect(await parse('<<: { a: 1 }')).toEqual({ '<<': { a: 1 } })
})

test('nesting bombs one after the other leave the process alive', async () => {
  for (let round = 0; round < 5; round++) expect((await failure(parse('['.repeat(3000)))).message).toContain(deep)
})

test('a __proto__ key stays a key', async () => {
  const value = (await parse('__proto__: { polluted: 1 }')) as object
  expect(Object.keys(value)).toEqual(['__proto__'])
  expect(({} as { polluted?: number }).polluted).toBeUndefined()
})
