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

/** A name that can't break out of its line: control and invisible characters as in JSON, so that it can be copied. */
export function escapeName(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const short = JSON.stringify(character).slice(1, -1)
    return short === character ? `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}` : short
  })
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
