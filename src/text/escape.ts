/**
 * Everything that can steer a terminal, hide text or reorder it: control characters except `\n` and `\t`, DEL, C1,
 * bidi, zero-width and other invisible characters, tags, variation selectors of the supplement, lone surrogates.
 */
const forbidden =
  // eslint-disable-next-line no-misleading-character-class
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}\u{e0100}-\u{e01ef}]|\p{Surrogate}/gu

/** Makes untrusted text safe for a terminal, a pipe or a report. Deletes nothing: harmful characters become `\u{…}`. */
export function escapeText(text: string): string {
  return (
    text
      .replace(/\r\n/g, '\n')
      // guard: visible-text
      .replace(forbidden, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
  )
}

/** The same for one line: names, paths, code. */
export function escapeLine(text: string): string {
  return escapeText(text).replace(/[\n\t]+/g, ' ')
}

/** A name that can't break out of its line: control and invisible characters as in JSON, so that it can be copied. */
export function escapeName(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const short = JSON.stringify(character).slice(1, -1)
    return short === character ? jsonEscape(character) : short
  })
}

/** A character as JSON writes it: `\u200b`, or two of these for one beyond the first 65,536. */
export function jsonEscape(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('')
}

/** The name that a person can look a character up by: `U+200B`. */
export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/**
 * The same for words that a model wrote: joiners stay where a script or an emoji is not written without them. `before`:
 * the end of what the text goes on with.
 */
export function escapeProse(text: string, before = ''): string {
  if (!joiner.test(text)) return escapeText(text)
  const whole = before + text.replace(/\r\n/g, '\n')
  const pieces: string[] = []
  let from = before.length
  for (const { 0: found, index: at } of whole.matchAll(joiners)) {
    if (at < from || !isNeeded(found, whole.slice(Math.max(0, at - 4), at), whole.slice(at + 1, at + 3))) continue
    pieces.push(escapeText(whole.slice(from, at)), found)
    from = at + 1
  }
  return [...pieces, escapeText(whole.slice(from))].join('')
}

/** The same for one line: titles, messages, subjects. */
export function escapeProseLine(text: string): string {
  return escapeProse(text).replace(/[\n\t]+/g, ' ')
}

/** Zero-width non-joiner and joiner. */
const joiner = /[\u200c\u200d]/
const joiners = /[\u200c\u200d]/g
const nonJoiner = '\u200c'

/** A letter or a mark of any script but those that are never joined, where a joiner could only hide. */
const joined = String.raw`(?![\p{scx=Latin}\p{scx=Greek}\p{scx=Cyrillic}\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}\p{scx=Armenian}\p{scx=Georgian}\p{scx=Hebrew}\p{scx=Common}\p{scx=Inherited}])[\p{L}\p{M}]`

/** What may stand around a joiner. Few texts have one, and these classes take milliseconds to make. */
function createNeighbours() {
  const pattern = (source: string) => new RegExp(source, 'u')
  return {
    endsJoined: pattern(`${joined}$`),
    startsJoined: pattern(`^${joined}`),
    endsEmoji: pattern(String.raw`(?:\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})$`),
    startsEmoji: pattern(String.raw`^\p{Extended_Pictographic}`),
    endsWord: pattern(String.raw`[\p{L}\p{M}\p{N})\]"'\x60»”]$`),
    endsHere: pattern(String.raw`^(?:[\s\p{P}]|$)`),
  }
}

let neighbours: ReturnType<typeof createNeighbours> | undefined

/** A suffix is kept apart from a word of another script too; the last letter of a word may keep its joined form. */
function isNeeded(found: string, before: string, after: string): boolean {
  const { startsJoined, endsJoined, startsEmoji, endsEmoji, endsWord, endsHere } = (neighbours ??= createNeighbours())
  const follows = startsJoined.test(after)
  if (found === nonJoiner) return follows && endsWord.test(before)
  if (endsEmoji.test(before)) return startsEmoji.test(after)
  return endsJoined.test(before) && (follows || endsHere.test(after))
}

/** Lossless JSON with all invisible characters written as `\uXXXX`. */
export function safeJson(value: unknown, indent = 2): string {
  // guard: visible-json
  return JSON.stringify(value, null, indent).replace(forbidden, jsonEscape)
}
