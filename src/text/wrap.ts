import { displayWidth } from './width.ts'

/**
 * One paragraph as lines of at most `columns` columns, broken between words; all but the first begin with `hanging`
 * blanks. A word that is wider than a line, as in scripts without blanks, is broken between characters.
 */
export function wrapLine(text: string, columns: number, hanging = 0): string[] {
  const room = Math.max(2, columns)
  const lines: string[] = []
  let line = ''
  let isEmpty = true
  const end = () => {
    lines.push(line.trimEnd())
    line = ' '.repeat(Math.min(hanging, room - 2))
    isEmpty = true
  }
  const put = (piece: string) => {
    line += piece
    isEmpty = false
  }
  for (const word of text.split(/[ \t\n]+/)) {
    const blank = isEmpty ? '' : ' '
    if (displayWidth(line + blank + word) <= room) put(blank + word)
    else if (displayWidth(word) <= room - hanging) {
      end()
      put(word)
    } else {
      if (blank !== '') put(blank)
      for (const { segment } of new Intl.Segmenter().segment(word)) {
        if (displayWidth(line + segment) > room && !isEmpty) end()
        put(segment)
      }
    }
  }
  if (!isEmpty || lines.length === 0) lines.push(line.trimEnd())
  return lines
}
