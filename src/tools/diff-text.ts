/** Beyond this a diff says less than both texts do. */
const maxEdits = 4000
const limitMs = 500

/** The lines of a unified diff without its file names, three lines around each change. */
export async function diffText(before: string, after: string): Promise<string> {
  const { structuredPatch } = await import('diff')
  const options = { context: 3, maxEditLength: maxEdits, timeout: limitMs }
  // Its types leave out that the result is undefined when a diff takes too long.
  const patch: unknown = structuredPatch('', '', before, after, undefined, undefined, options)
  const { hunks } = (patch ?? { hunks: undefined }) as { hunks?: Hunk[] }
  if (hunks === undefined) return [...marked('-', before), ...marked('+', after)].join('\n')
  return hunks
    .flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
      // Git's own count: no lines come after the line before them.
      `@@ -${oldLines === 0 ? oldStart - 1 : oldStart},${oldLines} +${newLines === 0 ? newStart - 1 : newStart},${newLines} @@`,
      ...lines.map((line) => line.replace(/\r$/, '')),
    ])
    .join('\n')
}

type Hunk = { oldStart: number; oldLines: number; newStart: number; newLines: number; lines: string[] }

function marked(mark: string, text: string): string[] {
  return text === ''
    ? []
    : text
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => `${mark}${line.replace(/\r$/, '')}`)
}
