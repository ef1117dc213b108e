import fc from 'fast-check'
import { expect, test } from 'vitest'
import { groundReply } from '../../src/tasks/findings/ground-reply.ts'
import { reviewReplySchema } from '../../src/tasks/findings/reply.ts'
import { readLines } from '../../src/engines/http/ndjson.ts'
import { linesOf } from '../../src/input/unit.ts'
import { createFence } from '../../src/skills/prompt.ts'
import { renderTemplate } from '../../src/skills/template.ts'
import { LocalBrainError } from '../../src/errors.ts'
import { hunkUnit, rawFinding } from '../tasks/findings/unit.ts'

// What each parser of hostile input promises whatever it is given. The others stand beside their subjects: paths in
// workspace/read, escaping in text/escape, YAML in skills/load, tool calls in engines/dialect/recover. LOCAL_BRAIN_SEED tries other inputs; what that finds becomes a case in a table.

const word = fc.stringMatching(/^[a-z]{3,8}$/)
const line = fc.tuple(fc.constantFrom('+', '-', ' '), fc.array(word, { minLength: 2, maxLength: 6 }))

test('of any findings only those stay whose quote stands in the change, at its lines, and every one is counted', async () => {
  const lines = fc.array(line, { minLength: 1, maxLength: 12 })
  const claim = fc.record({
    at: fc.nat(),
    length: fc.integer({ min: 1, max: 3 }),
    /** A word that is in no change. */
    lie: fc.option(fc.constantFrom('0invented0', '9never9seen9', 'LIE_LIE_LIE')),
    margin: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(lines, fc.array(claim, { maxLength: 8 }), async (shown, claims) => {
      const unit = hunkUnit(shown.map(([mark, words]) => `${mark}${words.join(' ')}`).join('\n'), { start: 7 })
      const shownLines = linesOf(unit)
      const findings = claims.map(({ at, length, lie, margin }, index) => {
        const from = at % shownLines.length
        const quoted = shownLines.slice(from, from + length).map(({ text }) => `${margin ? '+ 12 | ' : ''}${text}`)
        if (lie !== null) quoted[0] += ` ${lie}`
        return rawFinding({ quote: quoted.join('\n'), title: `title ${index}`, message: lie ?? 'true' })
      })
      const reply = reviewReplySchema.parse({ analysis: '', findings })
      const grounded = await groundReply(reply, [unit], { known: async () => false })
      const counted = Object.values(grounded.dropped).reduce((sum, count) => sum + count, grounded.findings.length)
      expect(counted).toBe(findings.length)
      expect(grounded.findings.length).toBeLessThanOrEqual(3)
      for (const { quote, message, startLine, endLine, side } of grounded.findings) {
        expect(message).toBe('true')
        expect(shownLines.map(({ text }) => text).join('\n')).toContain(quote)
        const there = shownLines.filter(({ number }) => number !== null && number >= startLine && number <= endLine)
        if (side === 'new') for (const { text } of there) expect(quote).toContain(text)
      }
    }),
    { numRuns: 300 },
  )
})

test('any bytes are read alike however they are cut, into single bytes too', async () => {
  async function* cut(bytes: Uint8Array, size: (at: number) => number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size(at)) yield bytes.subarray(at, at + size(at))
  }
  const outcome = async (bytes: Uint8Array, size: (at: number) => number) => {
    const values: unknown[] = []
    try {
      for await (const { value } of readLines(cut(bytes, size), 60, (reason) => new Error(reason))) values.push(value)
    } catch (error) {
      values.push((error as Error).message)
    }
    return values
  }
  const piece = fc.oneof(
    fc.json({ maxDepth: 1 }).map((text) => Buffer.from(text)),
    fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })).map((value) => Buffer.from(JSON.stringify(value))),
    fc.constantFrom('\n', '\r\n', '\n\n', ' ', '{"a":"ü👋"}', '{"long":"').map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
  )
  const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 9 }))
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), cuts, async (pieces, sizes) => {
      const bytes = Buffer.concat(pieces)
      const whole = await outcome(bytes, () => Math.max(1, bytes.length))
      expect(await outcome(bytes, () => 1)).toEqual(whole)
      const at = new Map<number, number>()
      const size = (place: number) => {
        if (!at.has(place)) at.set(place, sizes.next().value as number)
        return at.get(place) ?? 1
      }
      expect(await outcome(bytes, size)).toEqual(whole)
    }),
    { numRuns: 300 },
  )
})

test('no text holds the marker that is put around it, also not one that was made for another text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(fc.string()), (text, others) => {
      let content = text
      // Whoever writes the text may know every marker there was, and puts them in.
      for (const other of ['', ...others]) content += createFence(content + other)
      expect(content).not.toContain(createFence(content))
      expect(createFence(content)).toBe(createFence(content))
    }),
  )
})

test('a text that was made to hold its own marker gets another one', () => {
  const own = '=====5e1f0f7e8712====='
  expect(createFence(`${own} 23 \u82c9\u36f3\u83c4`)).not.toBe(own)
  // With anything else at its end it would not be its own.
  expect(createFence(`${own} 23 \u82c9\u36f3`)).not.toBe(own)
})

test('a template that is accepted reaches no function, whatever it looks up and calls', async () => {
  const marked = globalThis as { pwned?: unknown }
  const start = fc.constantFrom(
    'content',
    'files',
    'files[0]',
    'input',
    '""',
    '[]',
    '1',
    'range',
    'cycler',
    'joiner',
    'loop',
  )
  const code = '"globalThis.pwned = 1"'
  const steps = [
    '.constructor|["constructor"]|.__proto__|.path|.length|[0]|.env|.globals|.lookup|()| is defined',
    `(${code})|.call(0, ${code})|.constructor(${code})()|["constr" ~ "uctor"]`,
  ].flatMap((text) => text.split('|'))
  const filters = 'first last dump valueOf toString default("x") join("constructor")'
    .split(' ')
    .map((name) => ` | ${name}`)
  const step = fc.constantFrom(...steps, ...filters)
  const expression = fc.tuple(start, fc.array(step, { maxLength: 5 })).map(([first, rest]) => first + rest.join(''))
  const tag = fc.oneof(
    expression.map((text) => `{{ ${text} }}`),
    expression.map((text) => `{% if ${text} %}a{% endif %}`),
    expression.map((text) => `{% set x = ${text} %}{{ x.constructor.constructor(${code})() }}`),
    expression.map((text) => `{% for x in ${text} %}{{ x }}{% endfor %}`),
    fc.constantFrom('{% macro m() %}{% endmacro %}', '{{ m.constructor.constructor("globalThis.pwned = 1")() }}'),
  )
  const values = { content: 'text', input: 'asked', files: [{ path: 'a', language: 'b', content: 'c' }] }
  const owner = { label: 'template', missing: (name: string) => new LocalBrainError('usage', name) }
  await fc.assert(
    fc.asyncProperty(fc.array(tag, { minLength: 1, maxLength: 3 }), async (tags) => {
      const rendered = await renderTemplate({ source: tags.join('') }, values, owner).catch((error: unknown) => {
        if (!(error instanceof LocalBrainError)) throw error
        return ''
      })
      expect(rendered).not.toMatch(/function|\[native code|\[object/)
      expect(marked.pwned).toBeUndefined()
    }),
    { numRuns: 2000 },
  )
})
