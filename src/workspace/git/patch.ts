/** One line of a patch. `old` and `new` count from 1 in the two files; null where the line is not in that file. */
export type PatchLine = {
  kind: 'added' | 'context' | 'removed'
  text: string
  old: number | null
  new: number | null
  /** It ends its file, without a line end. */
  unended?: true
}

/** `header` as git wrote it: `@@ -1,2 +1,3 @@ function`. */
export type PatchHunk = { header: string; lines: PatchLine[] }

/**
 * The text of one file's change. Which file it is, the caller knows from the list that git gave beside it. `binary`: git
 * took it for binary, and shows no text.
 */
export type PatchSection = PatchHunk[] & { binary?: true }

const hunkHeader = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/

/** The prefix of a line of each kind. */
export const marks = { added: '+', context: ' ', removed: '-' } as const
export const kinds: Readonly<Record<string, PatchLine['kind']>> = { '+': 'added', '-': 'removed', ' ': 'context' }

/**
 * A patch, section by section. Hunks are read by the counts in their headers, so content that looks like a header
 * (`-- x` removed, a patch file inside the patch) stays content; only `\n` ends a line.
 */
export function parsePatch(patch: string): PatchSection[] {
  const sections: PatchSection[] = []
  const lines = lineReader(patch)
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    const header = hunkHeader.exec(line)
    const last = sections.at(-1)
    if (line.startsWith('diff --git ')) sections.push([])
    else if (header) last?.push({ header: line, lines: readHunk(header, lines.next) })
    else if (line.startsWith('\\')) markUnended(last?.at(-1)?.lines)
    else if (last?.length === 0 && line.startsWith('Binary files ')) last.binary = true
  }
  return sections
}

/** The lines that sections add and remove; null where git takes one of them for binary. */
export function sizeOf(sections: readonly PatchSection[]): { added: number; removed: number } | null {
  if (sections.some(({ binary }) => binary)) return null
  const size = { added: 0, removed: 0 }
  for (const { lines } of sections.flat()) {
    for (const { kind } of lines) if (kind !== 'context') size[kind] += 1
  }
  return size
}

function markUnended(lines: readonly PatchLine[] | undefined): void {
  const last = lines?.at(-1)
  if (last) last.unended = true
}

function readHunk(header: RegExpExecArray, next: () => string | undefined): PatchLine[] {
  const lines: PatchLine[] = []
  let [oldLine, newLine] = [Number(header[1]), Number(header[3])]
  const [oldEnd, newEnd] = [oldLine + Number(header[2] ?? 1), newLine + Number(header[4] ?? 1)]
  while (oldLine < oldEnd || newLine < newEnd) {
    const line = next()
    if (line === undefined) break
    const kind = kinds[line[0] ?? '']
    if (kind === undefined) {
      markUnended(lines)
      continue
    }
    lines.push({
      kind,
      text: line.slice(1),
      old: kind === 'added' ? null : oldLine,
      new: kind === 'removed' ? null : newLine,
    })
    if (kind !== 'added') oldLine += 1
    if (kind !== 'removed') newLine += 1
  }
  return lines
}

function lineReader(text: string): { next: () => string | undefined } {
  let at = 0
  return {
    next() {
      if (at >= text.length) return undefined
      const end = text.indexOf('\n', at)
      const line = text.slice(at, end < 0 ? undefined : end)
      at = end < 0 ? text.length : end + 1
      return line
    },
  }
}

/** Unchanged lines around each change. */
const around = 3

/** The changes among the lines of a whole file, in hunks as git makes them. */
export function hunksOf(lines: readonly PatchLine[]): PatchSection {
  const hunks: PatchHunk[] = []
  let from = 0
  for (let index = 0; index < lines.length; index += 1) {
    if (lines[index]?.kind === 'context') continue
    const end = Math.min(lines.length, lastOfHunk(lines, index) + around + 1)
    hunks.push(hunkOf(lines.slice(Math.max(from, index - around), end)))
    from = end
    index = end - 1
  }
  return hunks
}

/** The last changed line that so few unchanged ones part from the one before that both belong into one hunk. */
function lastOfHunk(lines: readonly PatchLine[], first: number): number {
  let last = first
  for (let index = first; index < lines.length && index <= last + 2 * around + 1; index += 1) {
    if (lines[index]?.kind !== 'context') last = index
  }
  return last
}

function hunkOf(lines: readonly PatchLine[]): PatchHunk {
  const side = (name: 'old' | 'new') => {
    const numbers = lines.flatMap((line) => line[name] ?? [])
    return `${numbers[0] ?? 0},${numbers.length}`
  }
  return { header: `@@ -${side('old')} +${side('new')} @@`, lines: [...lines] }
}
