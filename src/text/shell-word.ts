/**
 * A text as one word for a shell, in quotes if it has special characters. Control and invisible ones are written out as
 * bash, zsh and ksh read them.
 */
export function shellWord(text: string): string {
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text))
    return `$'${text.replace(/[\\']|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, written)}'`
  return /^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

function written(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character]
  const code = (character.codePointAt(0) ?? 0).toString(16)
  return short ?? (code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`)
}
