/** So many are told apart; one more says that there are more. */
export const maxOccurrences = 100_000

/**
 * Where `wanted` occurs in `items`, by index, overlapping ones too. Takes one look at each item, whatever both hold:
 * searching a text of a megabyte for 64 kB of the same letter takes hours otherwise.
 */
export function occurrences(items: ArrayLike<number>, wanted: ArrayLike<number>): number[] {
  const fallback = fallbackOf(wanted)
  const found: number[] = []
  if (wanted.length === 0) return found
  let matched = 0
  for (let at = 0; at < items.length && found.length <= maxOccurrences; at += 1) {
    while (matched > 0 && items[at] !== wanted[matched]) matched = fallback[matched - 1] ?? 0
    if (items[at] === wanted[matched]) matched += 1
    if (matched < wanted.length) continue
    found.push(at + 1 - matched)
    matched = fallback[matched - 1] ?? 0
  }
  return found
}

/** For each length that has matched, the length that still does when the next item does not (Knuth, Morris, Pratt). */
function fallbackOf(wanted: ArrayLike<number>): Int32Array {
  const fallback = new Int32Array(wanted.length)
  let matched = 0
  for (let at = 1; at < wanted.length; at += 1) {
    while (matched > 0 && wanted[at] !== wanted[matched]) matched = fallback[matched - 1] ?? 0
    if (wanted[at] === wanted[matched]) matched += 1
    fallback[at] = matched
  }
  return fallback
}

/** The characters of a text as numbers. */
export function codesOf(text: string): Int32Array {
  const codes = new Int32Array(text.length)
  for (let at = 0; at < text.length; at += 1) codes[at] = text.charCodeAt(at)
  return codes
}

/** How often a short text occurs. */
export function countOf(text: string, wanted: string): number {
  let count = 0
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) count += 1
  return count
}
