/**
 * How many letters to insert, delete, replace or swap with their neighbour to turn one text into the other; Infinity when
 * that is more than `max`. Only the band of the table that can hold such a result is worked out.
 */
export function editDistance(a: string, b: string, max = Infinity): number {
  if (Math.abs(a.length - b.length) > max) return Infinity
  // More than any result that counts. Whole numbers take half as long as Infinity does.
  const beyond = Math.min(max, a.length + b.length) + 1
  const blank = Array.from({ length: b.length + 1 }, () => beyond)
  let [before, row, wasFar] = [blank, blank.map((_, at) => at), false]
  for (let i = 1; i <= a.length; i += 1) {
    const next = blank.slice()
    next[0] = i
    let least = i
    const [letter, earlier] = [a[i - 1], a[i - 2]]
    const end = Math.min(b.length, i + max)
    for (let j = Math.max(1, i - max); j <= end; j += 1) {
      let edits = row[j - 1] ?? 0
      if (letter !== b[j - 1]) {
        edits = 1 + Math.min(edits, row[j] ?? 0, next[j - 1] ?? 0)
        if (letter === b[j - 2] && earlier === b[j - 1]) edits = Math.min(edits, (before[j - 2] ?? 0) + 1)
      }
      next[j] = edits
      if (edits < least) least = edits
    }
    // What two letters that were swapped come to is worked out from the row before the last one.
    if (least > max && wasFar) return Infinity
    ;[before, row, wasFar] = [row, next, least > max]
  }
  const edits = row[b.length] ?? 0
  return edits > max ? Infinity : edits
}
