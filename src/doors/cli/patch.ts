import { escapeText } from '../../text/escape.ts'
import { createPaint, type Style } from './terminal.ts'

const styles: readonly [start: RegExp, style: Style][] = [
  [/^(?:diff --git |index |--- |\+\+\+ |similarity |rename |new file |deleted file |old mode |new mode )/, 'bold'],
  [/^@@ /, 'cyan'],
  [/^\+/, 'green'],
  [/^-/, 'red'],
]

/** Undefined for a line that is there before and after. */
export function styleOfPatchLine(line: string): Style | undefined {
  return styles.find(([start]) => start.test(line))?.[1]
}

/** Lines of a diff that are shown without being asked for. */
const maxLines = 400

/** The changes, shown before the words about them. */
export function diffOnScreen(patch: string, color: boolean): string {
  const lines = patch.split('\n')
  const left = lines.length - maxLines
  const painted = paintPatch(lines.slice(0, maxLines).join('\n'), color)
  return `\n${painted}\n${left > 0 ? `… ${left} more lines: local-brain changes show\n` : ''}`
}

/** A patch for a terminal: every line escaped, and coloured like git's; ids as short as git shows them to people. */
export function paintPatch(patch: Buffer | string, color: boolean): string {
  const paint = createPaint(color)
  return escapeText(patch.toString('utf8'))
    .split('\n')
    .map((whole) => {
      const line = whole.replace(/^index ([0-9a-f]{7})[0-9a-f]{33}\.\.([0-9a-f]{7})[0-9a-f]{33}/, 'index $1..$2')
      const style = styleOfPatchLine(line)
      return style === undefined ? line : `${paint.open(style)}${line}${paint.close(style)}`
    })
    .join('\n')
}
