/** One line of a patch. `old` and `new` count from 1 in the two files; null where the line is not in that file. */
export type PatchLine = {
  kind: 'added' | 'context' | 'removed'
  text: string
  old: number | null
  new: number | null
  /** It ends its file, without a line end. */
  unended?: true
}

/** The text of one file's change. Which file it is, the caller knows from the list that git gave beside it. */
export type PatchSection = { lines: PatchLine[]; binary: boolean }

const hunkHeader = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/
const kinds: Record<string, PatchLine['kind']> = { '+': 'added', '-': 'removed', ' ': 'context' }

/**
 * A patch, section by section. Hunks are read by the counts in their headers, so content that looks like a header
 * (`-- x` removed, a patch file inside the patch) stays content; only `\n` ends a line.
 */
export function parsePatch(patch: string): PatchSection[] {
  const sections: PatchSection[] = []
  const lines = lineReader(patch)
  let section: PatchSection | undefined
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    const hunk = hunkHeader.exec(line)
    if (line.startsWith('diff --git ')) {
      section = { lines: [], binary: false }
      sections.push(section)
    } else if (section && hunk) readHunk(section, hunk, lines.next)
    else if (section && line.startsWith('Binary files ')) section.binary = true
    else if (line.startsWith('\\')) {
      const last = section?.lines.at(-1)
      if (last) last.unended = true
    }
  }
  return sections
}

function readHunk(section: PatchSection, header: RegExpExecArray, next: () => string | undefined): void {
  let [oldLine, newLine] = [Number(header[1]), Number(header[3])]
  const [oldEnd, newEnd] = [oldLine + Number(header[2] ?? 1), newLine + Number(header[4] ?? 1)]
  while (oldLine < oldEnd || newLine < newEnd) {
    const line = next()
    if (line === undefined) return
    const kind = kinds[line[0] ?? '']
    const last = section.lines.at(-1)
    if (kind === undefined && last) last.unended = true
    if (kind === undefined) continue
    section.lines.push({
      kind,
      text: line.slice(1),
      old: kind === 'added' ? null : oldLine,
      new: kind === 'removed' ? null : newLine,
    })
    if (kind !== 'added') oldLine += 1
    if (kind !== 'removed') newLine += 1
  }
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
