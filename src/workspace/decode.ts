import type { FileText } from './workspace.ts'

export type Decoded = Pick<FileText, 'text' | 'encoding' | 'lossy'>

// git's rule: a NUL among the first bytes makes a file binary.
const sniffed = 8000

/** Null for what is not text. `cut` bytes may end inside a character, which is then left out. */
export function decode(bytes: Buffer, cut = false): Decoded | null {
  const encoding = encodingOf(bytes)
  if (!encoding) return null
  const plain = encoding === 'utf-16be' ? swapped(bytes) : bytes
  const label = encoding === 'utf-8' ? 'utf-8' : 'utf-16le'
  try {
    // guard: strict-decoding
    return { text: new TextDecoder(label, { fatal: true }).decode(plain, { stream: cut }), encoding, lossy: false }
  } catch {
    return { text: new TextDecoder(label).decode(plain, { stream: cut }), encoding, lossy: true }
  }
}

function encodingOf(bytes: Buffer): FileText['encoding'] | null {
  const starts = (...mark: number[]) => mark.every((byte, index) => bytes[index] === byte)
  if (starts(0xef, 0xbb, 0xbf)) return 'utf-8'
  if (starts(0xff, 0xfe, 0, 0)) return null
  // guard: utf-16-mark
  if (starts(0xff, 0xfe)) return 'utf-16le'
  if (starts(0xfe, 0xff)) return 'utf-16be'
  // guard: nul-is-binary
  return bytes.subarray(0, sniffed).includes(0) ? null : 'utf-8'
}

function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16()
}

/** Lines as git and editors count them: only `\n` ends one, with or without a `\r` before it. */
export function splitLines(text: string): string[] {
  const lines = text.split('\n').map(withoutReturn)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** A line without the `\r` of a Windows line end. */
export function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
