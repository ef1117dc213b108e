import { expect, test } from 'vitest'
import { readServerEvents } from '../../../src/engines/http/sse.ts'

const limits = { lineBytes: 1000, streamBytes: 3000 }

async function read(bytes: Uint8Array, size: number): Promise<string[]> {
  const events: string[] = []
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  for await (const event of readServerEvents(chunks(), limits, (reason) => new Error(reason))) events.push(event)
  return events
}

test.each([1, 2, 3, 7, 1000])('events are the same in chunks of %s bytes', async (size) => {
  const text =
    ': hello\n\nevent: message\nid: 1\ndata: {"a": "gr\u00fcn \u{1f600}"}\n\ndata:one\ndata: two\r\n\r\ndata: [DONE]'
  expect(await read(Buffer.from(text), size)).toEqual(['{"a": "gr\u00fcn \u{1f600}"}', 'one\ntwo', '[DONE]'])
})

test('an error in a field of its own is an event', async () => {
  expect(await read(Buffer.from('error: {"code":400}\n\n'), 5)).toEqual(['{"code":400}'])
})

test.each<[string, string | Uint8Array, string]>([
  ['a line without end', `data: ${'x'.repeat(1100)}`, 'a line is too long'],
  ['events without end', 'data: x\n\n'.repeat(400), 'it is too long'],
  ['comments without end', ': ping\n'.repeat(500), 'it is too long'],
  ['half a character', Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xc3, 0x0a, 0x0a]), 'a line is not UTF-8'],
])('%s is refused', async (_, bytes, reason) => {
  await expect(read(Buffer.from(bytes as string), 100)).rejects.toThrow(reason)
})
