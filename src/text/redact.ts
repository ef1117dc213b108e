import { findSecrets, keyHeader, mayHoldSecret } from './secret-forms.ts'

/** The same text with the middle of every secret gone: enough is left to find it, too little to use it. */
export function redactSecrets(text: string): string {
  if (!mayHoldSecret(text) && !text.includes('-----BEGIN')) return text
  return redactKeys(text).split('\n').map(redactLine).join('\n')
}

/** The same value with the secrets in all its texts cut short, names of members included. */
export function redactAll<T>(value: T): T
export function redactAll(value: unknown): unknown {
  if (typeof value === 'string') return redactSecrets(value)
  if (Array.isArray(value)) return value.map((part: unknown) => redactAll(part))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [redactSecrets(name), redactAll(part)]))
}

/** Takes a text in pieces and gives it back redacted. What may be the beginning of a secret waits for the rest of it. */
export type Redactor = { push: (piece: string) => string; end: () => string }

/** Nothing that is longer than this is a key. */
const maxKey = 65_536

export function createRedactor(): Redactor {
  let held = ''
  return {
    push(piece) {
      // A long run that goes on is not looked at again for every piece of it.
      const goesOn = held !== '' && held.length < maxKey && /^[\w.+/=-]*$/.test(piece)
      const text = held + piece
      const end = goesOn ? 0 : openEnd(text)
      held = text.slice(end)
      return redactSecrets(text.slice(0, end))
    },
    end() {
      const rest = redactSecrets(held)
      held = ''
      return rest
    },
  }
}

/** A scheme, its user and password, and a host, at their longest. */
const maxAddress = 560
const openAddress = /[a-z][a-z0-9+.-]{1,20}:(?:\/(?:\/[^\s'"`<>]*)?)?$/i
const openHeader = /-----BEGIN[A-Z0-9 ]{0,60}-{0,5}$/

/** Where a secret may begin whose end has not come yet; the length of the text where none does. */
function openEnd(text: string): number {
  const begin = Math.max(0, text.length - maxAddress)
  const tail = text.slice(begin)
  const ends = [openAddress, openHeader].flatMap((pattern) => {
    const match = pattern.exec(tail)
    return match === null ? [] : [begin + match.index]
  })
  const run = openRun(text)
  const end = Math.min(run, openKey(text, run), ...ends)
  return text.length - end > maxKey ? text.length : end
}

/** The run of characters of tokens at the end. */
function openRun(text: string): number {
  let at = text.length
  while (at > 0 && /[\w.+/=-]/.test(text.charAt(at - 1))) at -= 1
  return at
}

/** The last private key, if it may go on: if its end is not there yet, or still a part of the open run. */
function openKey(text: string, run: number): number {
  const header = [...text.matchAll(new RegExp(keyHeader, 'g'))].at(-1)
  if (header === undefined) return text.length
  const start = header.index + header[0].length
  const mark = text.indexOf(keyEnd, start)
  const isOpen = mark >= 0 ? run <= mark : materialEnd(text, start).read === text.length
  return isOpen ? header.index : text.length
}

const keyEnd = '-----END'

function redactKeys(text: string): string {
  let done = 0
  const pieces: string[] = []
  let mark = 0
  const headers = [...text.matchAll(new RegExp(keyHeader, 'g'))]
  for (const [at, { 0: header, index }] of headers.entries()) {
    const start = index + header.length
    if (mark >= 0 && mark < start) mark = text.indexOf(keyEnd, start)
    // The end behind another header is not its own.
    const limit = Math.min(headers[at + 1]?.index ?? text.length, start + maxKey)
    const end = mark >= 0 && mark < limit ? mark : materialEnd(text, start).end
    if (!/[A-Za-z0-9+/=]{16}/.test(text.slice(start, end))) continue
    pieces.push(text.slice(done, start), '[redacted]')
    done = end
  }
  return pieces.join('') + text.slice(done)
}

/** What may come between the lines of a key: escaped and real line ends, quotes, marks and numbers of lines, its headers. */
const between =
  /(?:\\[nrt]|[\s"'`+#*>|\\-]|\d{1,7}(?=[ \t]*[|:])|(?:Proc-Type|DEK-Info|Version|Comment):[^\n\\]{0,100})+/y
const material = /[A-Za-z0-9+/=]{16,}/y

/** How far the material of a key goes that begins somewhere: to the end of its last run, and how far that was read for. */
function materialEnd(text: string, start: number): { end: number; read: number } {
  let end = start
  let read = start
  for (;;) {
    between.lastIndex = read
    if (between.test(text)) read = between.lastIndex
    material.lastIndex = read
    if (!material.test(text)) break
    read = material.lastIndex
    end = read
  }
  // The last line is shorter, and may be all there is yet.
  const [rest = ''] = /^[A-Za-z0-9+/=]{0,15}/.exec(text.slice(read, read + 15)) ?? []
  return { end, read: read + rest.length }
}

function redactLine(line: string): string {
  let done = 0
  const pieces: string[] = []
  for (const { start, end } of findSecrets(line).sort((a, b) => a.start - b.start)) {
    if (start < done) continue
    const secret = line.slice(start, end)
    pieces.push(line.slice(done, start))
    pieces.push(secret.length < 16 ? '[redacted]' : `${secret.slice(0, 4)}[redacted]${secret.slice(-2)}`)
    done = end
  }
  return pieces.join('') + line.slice(done)
}
