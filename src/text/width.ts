/**
 * The columns that text takes on a terminal. Counts each code point as wcwidth does, since many terminals show the parts
 * of a joined emoji side by side; where terminals differ it is the larger number, so that a line never gets too long.
 */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) width += widthOf(character)
  return width
}

/** East Asian Width W and F (Unicode 16) in scripts and punctuation, Hangul's leading letters, and planes 2 and 3. */
const wideScript =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{20000}-\u{3fffd}]/u
/** Not only those that are wide by themselves: fonts draw the whole planes of symbols two columns wide. */
const wideSymbol = /(?!\p{Regional_Indicator})\p{Emoji_Presentation}|[\u{1f200}-\u{1faff}]/u
/** Marks that stand on the letter before them, what joins or directs, and Hangul's vowels and endings. */
const noWidth = /[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]/u

function widthOf(character: string): number {
  // It asks for the coloured form of the symbol before it, which is wide.
  if (character === '\ufe0f') return 1
  if (noWidth.test(character)) return 0
  return wideScript.test(character) || wideSymbol.test(character) ? 2 : 1
}

/** Shortens one line to a number of columns, never inside what a reader sees as one character, and marks the cut with `…`. */
export function clipWidth(line: string, columns: number): string {
  if (displayWidth(line) <= columns) return line
  let kept = ''
  let room = columns - 1
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    room -= displayWidth(segment)
    if (room < 0) break
    kept += segment
  }
  return columns < 1 ? '' : `${kept}…`
}

/** Fills up with blanks to a number of columns. */
export function padWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)))
}
