const kilobyte = 1024
const headBytes = 16 * kilobyte
const tailBytes = 48 * kilobyte
/** Past this a command is ended. */
export const maxOutputBytes = 50 * kilobyte * kilobyte

/** The beginning and the end of what a command printed, in the order it came, in bounded memory. */
export type Output = {
  /** False once there is more than a command may print. */
  add(chunk: Buffer): boolean
  readonly bytes: number
  text(): string
}

export function createOutput(): Output {
  const head: Buffer[] = []
  let headSize = 0
  let tail: Buffer[] = []
  let tailSize = 0
  let bytes = 0
  return {
    add(chunk) {
      bytes += chunk.length
      const start = chunk.subarray(0, headBytes - headSize)
      if (start.length > 0) head.push(Buffer.from(start))
      headSize += start.length
      const rest = chunk.subarray(start.length)
      if (rest.length > 0) tail.push(Buffer.from(rest.subarray(-tailBytes)))
      tailSize += Math.min(rest.length, tailBytes)
      if (tailSize > 4 * tailBytes) {
        tail = [Buffer.from(Buffer.concat(tail).subarray(-tailBytes))]
        tailSize = tailBytes
      }
      return bytes <= maxOutputBytes
    },
    get bytes() {
      return bytes
    },
    text() {
      const end = Buffer.concat(tail).subarray(-tailBytes)
      const left = bytes - headSize - end.length
      if (left <= 0) return Buffer.concat([...head, end]).toString('utf8')
      return `${Buffer.concat(head).toString('utf8')}\n[${left} bytes left out]\n${end.toString('utf8')}`
    },
  }
}
