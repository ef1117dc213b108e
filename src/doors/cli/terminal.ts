/** One decision about colour: NO_COLOR and FORCE_COLOR first, then whether the stream is a terminal. */
export function useColor(stream: NodeJS.WriteStream, setting: boolean | undefined): boolean {
  return setting ?? (stream.isTTY === true && process.env['TERM'] !== 'dumb')
}

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  underline: [4, 24],
  cyan: [36, 39],
  red: [31, 39],
  yellow: [33, 39],
} as const

export type Style = keyof typeof codes

export type Paint = { open: (style: Style) => string; close: (style: Style) => string }

/** Escape codes, or nothing at all. */
export function createPaint(color: boolean): Paint {
  const code = (style: Style, end: 0 | 1) => (color ? `\u001b[${codes[style][end]}m` : '')
  return { open: (style) => code(style, 0), close: (style) => code(style, 1) }
}
