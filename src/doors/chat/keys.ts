import type { PassThrough } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { ReadStream } from 'node:tty'

/** What a terminal puts around pasted text once it was asked to. */
const marks = { on: '\u001b[?2004h', off: '\u001b[?2004l', begin: '\u001b[200~', end: '\u001b[201~' }

/** Characters of a paste that are kept: more than any message may have, so that a longer one is refused as a whole. */
const maxPasted = 1024 * 1024

const ctrlC = '\u0003'

/** Who gets what is typed. */
type Listener = {
  /** Keys as they come, escape sequences and all. */
  input: PassThrough
  /** One paste as a whole, with line ends as `\n`. */
  paste: (text: string) => void
  /** The terminal went away. */
  ended: () => void
  /** Gets what was typed while nobody listened, as a paste of one line: it is for a person to send. */
  takesAhead?: boolean
}

export type Keys = {
  /** From now on keys go there. Without a listener their text is kept for one that takes it: it answers no question. */
  listen(listener: Listener | undefined): void
  /** Gives the terminal back, as for another program, until the function that it returns is called. */
  release(): () => void
  close(): void
}

/** Reads the keys of a terminal. `steer` gets codes for it; `interrupt` is called for Ctrl-C while no one listens. */
export function readKeys(
  stdin: Pick<ReadStream, 'setRawMode' | 'on' | 'off' | 'pause' | 'resume'>,
  steer: (codes: string) => void,
  interrupt: () => void,
): Keys {
  const decoder = new StringDecoder('utf8')
  const splitter = createSplitter()
  let listener: Listener | undefined
  let isOver = false
  let ahead = ''
  const take = (chunk: Buffer) => {
    for (const piece of splitter(decoder.write(chunk))) {
      if (listener === undefined) ahead = keptOf(piece, ahead, interrupt)
      else if (piece.isPaste) listener.paste(piece.text)
      else listener.input.write(piece.text)
    }
  }
  const end = () => {
    isOver = true
    listener?.ended()
  }
  const { own, disown } = ownership(stdin, steer)
  stdin.on('data', take)
  for (const event of ['end', 'close', 'error']) stdin.on(event, end)
  own()
  return {
    listen(other) {
      listener = other
      if (isOver) return other?.ended()
      if (other?.takesAhead !== true) return
      other.paste(ahead)
      ahead = ''
    },
    release() {
      disown()
      return own
    },
    close() {
      stdin.off('data', take)
      // A terminal that went away can't be set to anything.
      if (!isOver) disown()
      stdin.pause()
    },
  }
}

/** Takes the keys of a terminal one by one, and gives it back as it was. */
function ownership(stdin: Pick<ReadStream, 'setRawMode' | 'resume'>, steer: (codes: string) => void) {
  return {
    own: () => {
      stdin.setRawMode(true)
      steer(marks.on)
      stdin.resume()
    },
    disown: () => {
      steer(marks.off)
      stdin.setRawMode(false)
    },
  }
}

/** What was typed so far, and what arrives while no line is being read. Ctrl-C forgets it. */
function keptOf({ text, isPaste }: Piece, ahead: string, interrupt: () => void): string {
  if (isPaste || !text.includes(ctrlC)) return typedBehind(ahead, text)
  interrupt()
  return ''
}

/** A line with more keys: Enter, which sends nothing now, is a blank; keys that only move something are left out. */
function typedBehind(line: string, text: string): string {
  let typed = line
  // oxlint-disable-next-line no-control-regex
  for (const key of text.replaceAll(/\u001b(?:\[[0-9;?]*[@-~]|O?.)?/g, '')) {
    if (key === '\u007f' || key === '\b') typed = [...typed].slice(0, -1).join('')
    else if (key === '\u0015') typed = ''
    else if (typed.length < maxAhead && /[^\p{Cc}]|[\r\n\t]/u.test(key)) typed += key < ' ' ? ' ' : key
  }
  return typed.trimStart()
}

/** Characters; what goes into one line. */
const maxAhead = 1000

type Piece = { text: string; isPaste: boolean }

/** Divides what comes into keys and pastes, also where a mark comes in two parts. */
function createSplitter(): (text: string) => Piece[] {
  let held = ''
  let pasted: string | undefined
  return (text) => {
    const pieces: Piece[] = []
    let rest = held + text
    held = ''
    for (;;) {
      const mark = pasted === undefined ? marks.begin : marks.end
      const at = rest.indexOf(mark)
      if (at < 0) break
      const before = rest.slice(0, at)
      if (pasted === undefined) pieces.push(...keysIn(before))
      else pieces.push({ text: lines(pasted + before), isPaste: true })
      pasted = pasted === undefined ? '' : undefined
      rest = rest.slice(at + mark.length)
    }
    held = beginning(rest, pasted === undefined ? marks.begin : marks.end)
    const sure = rest.slice(0, rest.length - held.length)
    if (pasted === undefined) pieces.push(...keysIn(sure))
    else pasted = (pasted + sure).slice(0, maxPasted)
    return pieces
  }
}

/** The end of a text that may be the beginning of a mark. A single escape is a key. */
function beginning(text: string, mark: string): string {
  for (let length = Math.min(mark.length - 1, text.length); length > 2; length -= 1) {
    if (mark.startsWith(text.slice(-length))) return text.slice(-length)
  }
  return ''
}

/** Nobody types several lines at once: a terminal that marks no paste hands them over so. */
function keysIn(text: string): Piece[] {
  if (text === '') return []
  return /[\r\n]./s.test(text) && !text.includes('\u001b')
    ? [{ text: lines(text), isPaste: true }]
    : [{ text, isPaste: false }]
}

function lines(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n')
}
