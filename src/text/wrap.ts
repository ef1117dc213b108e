import { displayWidth } from './width.ts'

/**
 * A line with a head, wrapped so that what follows it goes on below where it began, or on a line too narrow for that
 * below the head. A line that has room stays as it is, blanks and all.
 */
export function wrapBehind(head: string, text: string, columns: number): string {
  const width = displayWidth(head)
  if (width + displayWidth(text) <= columns) return head + text
  const isNarrow = width > columns / 2
  const indent = ' '.repeat(isNarrow ? 4 : width)
  const [first = '', ...rest] = wrapLine(text, columns - indent.length).map((line) => indent + line)
  return [...(isNarrow ? [head.trimEnd(), first] : [head + first.slice(width)]), ...rest].join('\n')
}

/**
 * One paragraph as lines of at most `columns` columns, broken between words; all but the first begin with `hanging`
 * blanks. A number and its `%` stay together. A word that is wider than a line, as in scripts without blanks, is broken between characters.
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
  for (const word of text.split(/(?: (?!%)|[\t\n])[ \t\n]*/)) {
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
