import { LocalBrainError } from '../errors.ts'
import { decode } from './decode.ts'

/** How a text lies on disk, apart from what it says. */
export type TextForm = {
  encoding: 'utf-8' | 'latin-1'
  bom: boolean
}

/** A file that may be changed: its text with the line ends as they stand, and the form to write it back in. */
export type FormedText = {
  text: string
  form: TextForm
  /** The text as reading it gives it, which is the same unless some bytes are not UTF-8. */
  asRead: string
}

export const newForm: TextForm = { encoding: 'utf-8', bom: false }

/** Throws LocalBrainError('unreadable-file') for what can't be written back byte for byte. */
export function parseForm(bytes: Buffer, path: string): FormedText {
  const decoded = decode(bytes, { path })
  if (decoded === null) throw new LocalBrainError('unreadable-file', `${path} is not a text file`)
  // guard: utf-16-kept
  if (decoded.encoding !== 'utf-8') {
    const problem = `${path} is UTF-16, which is not written here; nothing was changed`
    throw new LocalBrainError('unreadable-file', problem)
  }
  const asRead = decoded.text
  // Every byte is a character of Latin-1, so this form loses nothing, whatever the encoding really is.
  if (decoded.lossy) return { text: bytes.toString('latin1'), form: { encoding: 'latin-1', bom: false }, asRead }
  const bom = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]))
  return { text: asRead, form: { encoding: 'utf-8', bom }, asRead }
}

/** Throws LocalBrainError('usage') for a character that the encoding does not have. */
export function formatText(text: string, { encoding, bom }: TextForm, path: string): Buffer {
  if (encoding === 'utf-8') return Buffer.from(bom ? `\ufeff${text}` : text)
  const stranger = /[^\u0000-\u00ff]/u.exec(text)?.[0]
  if (stranger !== undefined) {
    const problem = `${path} is not UTF-8 and can't hold ${JSON.stringify(stranger)}; write it without that character`
    throw new LocalBrainError('usage', problem)
  }
  return Buffer.from(text, 'latin1')
}
