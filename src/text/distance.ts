/**
 * How many letters to insert, delete, replace or swap with their neighbour to turn one text into the other; Infinity when
 * that is more than `max`. Only the band of the table that can hold such a result is worked out.
 */
export function editDistance(a: string, b: string, max = Infinity): number {
  const blank = Array.from({ length: b.length + 1 }, () => Infinity)
  let [before, row, wasFar] = [blank, blank.map((_, at) => at), false]
  for (let i = 1; i <= a.length; i += 1) {
    const [from, to] = [Math.max(1, i - max), Math.min(b.length, i + max)]
    const next = [i, ...blank.slice(1)]
    for (let j = from; j <= to; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : Infinity
      next[j] = Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1)
    }
    const isFar = Math.min(...next.slice(from - 1, to + 1)) > max
    // What two letters that were swapped come to is worked out from the row before the last one.
    if (isFar && wasFar) return Infinity
    ;[before, row, wasFar] = [row, next, isFar]
  }
  const edits = row.at(-1) ?? 0
  return edits > max ? Infinity : edits
}
