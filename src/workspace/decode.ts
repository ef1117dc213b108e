import { languageOf } from '../syntax/language.ts'
import type { FileText } from './workspace.ts'

export type Decoded = Pick<FileText, 'text' | 'encoding' | 'lossy'>

// git's rule: a NUL among the first bytes makes a file binary.
const sniffed = 8000

type DecodeOptions = {
  /** The bytes may end inside a character, which is then left out. */
  cut?: boolean
  /** What the file is called. Under the name of a text a NUL does not make it binary. */
  path?: string
}

/** Null for what is not text. */
export function decode(bytes: Buffer, { cut = false, path }: DecodeOptions = {}): Decoded | null {
  const encoding = encodingOf(bytes, path)
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

/** Whether a file that is called so should be a text. */
export function isNamedText(path: string): boolean {
  return languageOf(path) !== 'code'
}

/** Endings of files that no text has. */
const binaryEnding =
  /\.(?:png|jpe?g|gif|bmp|ico|icns|webp|avif|heic|tiff?|psd|pdf|zip|t?gz|bz2|xz|zst|7z|rar|[jwe]ar|class|o|a|so|dylib|dll|exe|wasm|woff2?|[to]tf|eot|mp[34]|m4[av]|mov|avi|mkv|webm|og[gv]|wav|flac|sqlite3?|parquet|pyc|np[yz]|onnx|safetensors|(?:doc|xls|ppt)x?)$/i

/** Whether no file that is called so is a text: it need not be read to know it. */
export function isNamedBinary(path: string): boolean {
  return binaryEnding.test(path)
}

function encodingOf(bytes: Buffer, path: string | undefined): FileText['encoding'] | null {
  const starts = (...mark: number[]) => mark.every((byte, index) => bytes[index] === byte)
  if (starts(0xef, 0xbb, 0xbf)) return 'utf-8'
  if (starts(0xff, 0xfe, 0, 0)) return null
  // guard: utf-16-mark
  if (starts(0xff, 0xfe)) return 'utf-16le'
  if (starts(0xfe, 0xff)) return 'utf-16be'
  const head = bytes.subarray(0, sniffed)
  // guard: nul-is-binary
  if (!head.includes(0)) return 'utf-8'
  // guard: nul-in-text
  return path === undefined ? null : encodingWithNul(bytes, isNamedText(path))
}

/** A NUL in a comment hides a program from git, but not from those who run it. */
function encodingWithNul(bytes: Buffer, isNamed: boolean): FileText['encoding'] | null {
  let [even, odd, other] = [0, 0, 0]
  for (const [at, byte] of bytes.entries()) {
    if (isControl(byte)) other += 1
    else if (byte === 0 && at % 2 === 0) even += 1
    else if (byte === 0) odd += 1
  }
  // Without a known name a few of them are one slip of the pen; many are data.
  if (!isNamed) return other === 0 && (even + odd) * 200 <= bytes.length ? 'utf-8' : null
  if (other * 20 > bytes.length) return null
  // guard: utf-16-nuls
  if (odd > bytes.length / 5 && even * 20 < odd) return 'utf-16le'
  return even > bytes.length / 5 && odd * 20 < even ? 'utf-16be' : 'utf-8'
}

/** What no text holds besides tabs, line ends, form feeds, bells and escapes. */
function isControl(byte: number): boolean {
  return (byte > 0 && byte < 7) || (byte > 13 && byte < 32 && byte !== 27) || byte === 127
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
