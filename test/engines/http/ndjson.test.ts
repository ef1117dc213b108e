import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readLines } from '../../../src/engines/http/ndjson.ts'

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0
  for (const size of sizes) {
    yield bytes.subarray(start, start + size)
    start += size
  }
  yield bytes.subarray(start)
}

async function read(text: string | Uint8Array, sizes: readonly number[] = [], maxLineBytes = 1000): Promise<unknown[]> {
  const values: unknown[] = []
  const chunks = cut(Buffer.from(text as string), sizes)
  for await (const line of readLines(chunks, maxLineBytes, (reason) => new Error(reason))) {
    expect(JSON.parse(Buffer.from(line.bytes).toString('utf8'))).toEqual(line.value)
    values.push(line.value)
  }
  return values
}

const objects = fc.array(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), { maxLength: 6 })
const sizes = fc.array(fc.nat({ max: 12 }), { maxLength: 20 })

test('reads the same objects wherever the chunks are cut, with and without a last line break', async () => {
  await fc.assert(
    fc.asyncProperty(objects, sizes, fc.boolean(), async (values, cuts, lastBreak) => {
      const text = values.map((value) => JSON.stringify(value)).join('\n') + (lastBreak ? '\n' : '')
      expect(await read(text, cuts, 100_000)).toEqual(JSON.parse(JSON.stringify(values)))
    }),
  )
})

test('skips blank lines and takes CRLF', async () => {
  expect(await read('\r\n{"a":1}\r\n \n{"b":2}\r\n')).toEqual([{ a: 1 }, { b: 2 }])
})

test('refuses every line that is no JSON object', async () => {
  for (const line of ['nonsense', '{"a":', '1', 'null', '[]', '"text"', '{"a":1}{"b":2}']) {
    await expect(read(`{"fine":1}\n${line}\n`)).rejects.toThrow('a line is not')
  }
})

test('refuses bytes that are not UTF-8', async () => {
  await expect(read(Buffer.from([0x7b, 0x22, 0xc3, 0x22, 0x3a, 0x31, 0x7d, 0x0a]))).rejects.toThrow('not JSON')
})

test('refuses a long line as soon as it is too long, not when it ends', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield Buffer.alloc(100, 'x')
  }
  const lines = readLines(endless(), 1000, (reason) => new Error(reason))
  await expect(lines.next()).rejects.toThrow('too long')
})

test('counts each line on its own', async () => {
  expect(await read(`{"a":"${'x'.repeat(900)}"}\n`.repeat(5))).toHaveLength(5)
})
