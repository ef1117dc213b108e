/** At most three known names that `wanted` may mean, nearest first: a few letters off, or another tag of the family. */
export function closeNames(wanted: string, known: readonly string[]): string[] {
  const name = wanted.toLowerCase().slice(0, 64)
  const family = baseOf(name)
  return known
    .map((candidate) => {
      const other = candidate.toLowerCase().slice(0, 64)
      const letters = Math.min(editDistance(name, other), editDistance(family, baseOf(other)))
      return { candidate, letters, whole: editDistance(name, other) }
    })
    .filter(({ letters }) => letters <= Math.max(1, Math.floor(family.length / 3)))
    .sort((a, b) => a.letters - b.letters || a.whole - b.whole)
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}

function baseOf(name: string): string {
  return name.split(':')[0] ?? name
}

/** How many letters to insert, delete, replace or swap with their neighbour to turn one text into the other. */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? Infinity) + 1 : Infinity
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}
