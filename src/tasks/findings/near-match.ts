/** Share of characters that a near match has to agree in. */
export const nearEnough = 0.93

/**
 * How many characters have to be edited to make one text of the other (Levenshtein), or undefined when it is more than
 * `most`. Only the band of the table that can hold such a result is worked out.
 */
export function editsUpTo(most: number, a: string, b: string): number | undefined {
  if (Math.abs(a.length - b.length) > most) return undefined
  const beyond = most + 1
  const blank = Array.from({ length: b.length + 1 }, () => beyond)
  let previous = Array.from({ length: b.length + 1 }, (_, at) => Math.min(at, beyond))
  for (let i = 1; i <= a.length; i += 1) {
    const row = blank.slice()
    if (i <= most) row[0] = i
    let least = row[0] ?? beyond
    for (let j = Math.max(1, i - most); j <= Math.min(b.length, i + most); j += 1) {
      const replaced = (previous[j - 1] ?? beyond) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const edits = Math.min(replaced, (previous[j] ?? beyond) + 1, (row[j - 1] ?? beyond) + 1, beyond)
      row[j] = edits
      least = Math.min(least, edits)
    }
    if (least > most) return undefined
    previous = row
  }
  const edits = previous[b.length] ?? beyond
  return edits > most ? undefined : edits
}
