import { Transform, type Writable } from 'node:stream'

/** Bytes of one message. */
export const maxMessage = 4 * 1024 * 1024

/** Where a message that is not read to its end may name itself. */
const edge = 1000
const id = String.raw`"id"\s*:\s*(-?\d+|"[^"\\]{0,200}")`
const version = String.raw`"jsonrpc"\s*:\s*"2\.0"`
const atStart = new RegExp(String.raw`^\s*\{\s*(?:${version}\s*,\s*)?${id}\s*,`)
const atEnd = new RegExp(String.raw`,\s*${id}\s*(?:,\s*${version}\s*)?\}\s*$`)

/**
 * Passes messages on line by line. One that is too long is answered with an error, and the next one is read: otherwise the
 * client would lose its server.
 */
export function wholeLines(output: Writable): Transform {
  let parts: Buffer[] = []
  let bytes = 0
  const keep = (part: Buffer) => {
    bytes += part.length
    parts.push(part)
    // Of a long one only its ends are of use.
    if (bytes > maxMessage && parts.length > 1) parts = [Buffer.concat(parts.map(endsOf))]
  }
  const take = () => {
    const line = Buffer.concat(parts)
    const isLong = bytes > maxMessage
    ;[parts, bytes] = [[], 0]
    if (!isLong) return line
    output.write(`${tooLong(line)}\n`)
    return undefined
  }
  return new Transform({
    transform(chunk: Buffer, _, done) {
      let from = 0
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
        keep(chunk.subarray(from, end + 1))
        from = end + 1
        const line = take()
        if (line !== undefined) this.push(line)
      }
      if (from < chunk.length) keep(chunk.subarray(from))
      done()
    },
    flush(done) {
      done(null, take())
    },
  })
}

function endsOf(part: Buffer): Buffer {
  return part.length <= 2 * edge ? part : Buffer.concat([part.subarray(0, edge), part.subarray(-edge)])
}

function tooLong(line: Buffer): string {
  const [start, end] = [line.subarray(0, edge).toString(), line.subarray(-edge).toString()]
  const found = atStart.exec(start)?.[1] ?? atEnd.exec(end)?.[1] ?? 'null'
  const error = { code: -32_600, message: `The message is larger than ${maxMessage / 1024 / 1024} MB` }
  return `{"jsonrpc":"2.0","id":${found},"error":${JSON.stringify(error)}}`
}
