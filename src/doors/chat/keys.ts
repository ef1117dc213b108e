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
}

export type Keys = {
  /** From now on keys go there. Without a listener they are dropped: what is typed meanwhile answers no later question. */
  listen(listener: Listener | undefined): void
  /** Gives the terminal back, as for another program, until the function that it returns is called. */
  release(): () => void
  close(): void
}

/** Reads the keys of a terminal. `interrupt` is called for Ctrl-C while no one listens. */
export function readKeys(
  stdin: Pick<ReadStream, 'setRawMode' | 'on' | 'off' | 'pause' | 'resume'>,
  write: (text: string) => void,
  interrupt: () => void,
): Keys {
  const decoder = new StringDecoder('utf8')
  const splitter = createSplitter()
  let listener: Listener | undefined
  let isOver = false
  const take = (chunk: Buffer) => {
    for (const { text, isPaste } of splitter(decoder.write(chunk))) {
      if (listener === undefined) {
        if (!isPaste && text.includes(ctrlC)) interrupt()
      } else if (isPaste) listener.paste(text)
      else listener.input.write(text)
    }
  }
  const end = () => {
    isOver = true
    listener?.ended()
  }
  const own = () => {
    stdin.setRawMode(true)
    write(marks.on)
    stdin.resume()
  }
  const disown = () => {
    write(marks.off)
    stdin.setRawMode(false)
  }
  stdin.on('data', take)
  for (const event of ['end', 'close', 'error']) stdin.on(event, end)
  own()
  return {
    listen(other) {
      listener = other
      if (isOver) other?.ended()
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
