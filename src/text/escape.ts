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

/** The same for one line: names, titles, messages. */
export function escapeLine(text: string): string {
  return escapeText(text).replace(/[\n\t]+/g, ' ')
}

/** Lossless JSON with all invisible characters written as `\uXXXX`. */
export function safeJson(value: unknown, indent = 2): string {
  // guard: visible-json
  return JSON.stringify(value, null, indent).replace(forbidden, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

/** Code between the same number of backticks on both sides, so that it ends where it seems to. */
const codeSpan = /(?<!`)(?:`[^`]+`|``[^`]+``)(?!`)/g
/** Replaces code spans while the text around them is escaped. Escaped text can't contain it. */
const placeholder = '\0'

/**
 * Makes one line of untrusted prose safe inside Markdown: code in backticks stays code, everything else is plain words.
 */
export function markdownLine(text: string): string {
  const line = escapeLine(text).trim()
  const spans = line.match(codeSpan) ?? []
  return plain(line.replace(codeSpan, placeholder))
    .replaceAll(placeholder, () => spans.shift() ?? '')
    .replace(/^(?=[#>+\-*=|~])/, '\\')
    .replace(/^(\d{1,9})(?=[.)])/, '$1\\')
}

/** Escapes Markdown that would fetch an image, hide an address behind words, or be HTML. */
function plain(text: string): string {
  return text
    .replace(/\\(?=[!-/:-@[-`{-~])|`|<(?=[A-Za-z/!?])/g, '\\$&')
    .replace(/!?\[(?=[^\]]*\][([:])/g, (start) => start.replace('[', '\\['))
}
