/**
 * The names in one value of `-f`, whose commas may separate names, be inside braces, or belong to a name. What exists as
 * it stands comes first, also within a list.
 */
export function splitNames(value: string, exists: (name: string) => boolean): string[] {
  if (exists(value)) return [value]
  const pieces = splitOutsideBraces(value)
  const names: string[] = []
  for (let at = 0; at < pieces.length; ) {
    const { name, length } = nameAt(pieces, at, exists)
    if (name !== '') names.push(name)
    at += length
  }
  return names
}

/** More commas than this in one name are not looked for. */
const maxCommas = 8

/** The longest name that begins with one of the pieces and exists, else the piece itself. */
function nameAt(pieces: readonly string[], at: number, exists: (name: string) => boolean) {
  for (let length = Math.min(pieces.length - at, maxCommas); length > 1; length -= 1) {
    const name = pieces.slice(at, at + length).join(',')
    if (exists(name)) return { name, length }
  }
  const piece = pieces[at] ?? ''
  return { name: exists(piece) ? piece : piece.trim(), length: 1 }
}

/** A brace without its partner is a character like any other. */
function splitOutsideBraces(value: string): string[] {
  const pairs = pairedBraces(value)
  const pieces = ['']
  let depth = 0
  for (let at = 0; at < value.length; at += 1) {
    const character = value[at] ?? ''
    if (pairs.has(at)) depth += character === '{' ? 1 : -1
    if (character === ',' && depth === 0) pieces.push('')
    else pieces[pieces.length - 1] += character
  }
  return pieces
}

/** Where the braces stand that have a partner. */
function pairedBraces(value: string): Set<number> {
  const open: number[] = []
  const pairs = new Set<number>()
  for (let at = 0; at < value.length; at += 1) {
    if (value[at] === '{') open.push(at)
    const start = value[at] === '}' ? open.pop() : undefined
    if (start !== undefined) pairs.add(start).add(at)
  }
  return pairs
}
