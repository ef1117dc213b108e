import type { ServerResponse } from 'node:http'
import { goJson } from './wire.ts'

/**
 * How the stream is cut into writes. `split`: inside each line, inside a character where there is one of several bytes.
 * `joined`: several lines per write. `unterminated`: no newline after the last line. `lines`: one line per write.
 */
export type Writes = 'split' | 'joined' | 'unterminated' | 'lines'

export type LineWriter = {
  line(value: unknown): void
  raw(bytes: string | Uint8Array): void
  /** Sends what was kept back to be joined. */
  flush(): void
  end(): void
}

/** Nothing leaves, not even the status, before the first line: Ollama blocks on its first event too. */
export function createLineWriter(response: ServerResponse, writes: Writes): LineWriter {
  let pending = Buffer.alloc(0)
  let lines = 0
  const open = () => {
    if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'application/x-ndjson' })
  }
  const write = (bytes: string | Uint8Array) => {
    if (response.destroyed || bytes.length === 0) return
    open()
    response.write(bytes)
  }
  const flush = () => {
    write(pending)
    pending = Buffer.alloc(0)
  }
  return {
    line(value) {
      lines += 1
      const text = goJson(value)
      if (writes === 'unterminated') return write(lines === 1 ? text : `\n${text}`)
      const bytes = Buffer.from(`${text}\n`)
      if (writes === 'lines') return write(bytes)
      const middle = splitPoint(bytes)
      if (writes === 'split') {
        write(bytes.subarray(0, middle))
        return write(bytes.subarray(middle))
      }
      pending = Buffer.concat([pending, bytes])
      // Three lines and a half go out together, the other half with the next ones.
      if (lines % 4 === 0) {
        const cut = pending.length - (bytes.length - middle)
        write(pending.subarray(0, cut))
        pending = pending.subarray(cut)
      }
    },
    raw: write,
    flush,
    end() {
      flush()
      open()
      response.end()
    },
  }
}

/** Inside the first character of several bytes, else the middle. */
function splitPoint(bytes: Uint8Array): number {
  const inside = bytes.findIndex((byte) => (byte & 0xc0) === 0x80)
  return inside > 0 ? inside : bytes.length >> 1
}
