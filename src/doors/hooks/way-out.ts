import { shellCode } from './shell-code.ts'

/** Where a command begins: a line, or behind a separator, a keyword or a bracket. */
const start = String.raw`(^|[;&|({)\x60]|(?:^|\s)(?:then|else|do|!)(?=\s))[ \t]*(?:(?:command|builtin)[ \t]+|\\)?`
const leaving = new RegExp(String.raw`${start}(exit|return)\b[ \t]*([^\s;&|)}]*)`, 'gm')
const redirection = String.raw`[ \t]*\d*(?:<<-?|<>|>>|>\||[<>])&?[ \t]*[^\s;&|<>]+`
/** With redirections alone it changes streams; with a word behind them it becomes another program. */
const becoming = new RegExp(String.raw`${start}exec\b(?:${redirection})*[ \t]*`, 'gm')
/** Code in a text, run later or at once. */
const later = new RegExp(String.raw`${start}(?:trap|eval)\b([^\n]*)`, 'gm')

/**
 * The first way in which a shell script may end with success before its last line: `exit 0`, `[ -n "$CI" ] && exit`,
 * `exec other`, a `return` outside of functions, a trap that exits. Ending with a failure stops git, so that does not count; what
 * cannot be told counts as one.
 */
export function findWayOut(script: string): string | undefined {
  // guard: hook-code
  const { code, text } = shellCode(script)
  for (const { 0: whole, index } of code.matchAll(becoming)) {
    const next = code.charAt(index + whole.length)
    if (!/^[\s;&|)}]?$/.test(next)) return `${/\b(?:then|else|do)\b/.exec(whole)?.[0] ?? ''} exec`.trim()
  }
  const top = withoutFunctions(code)
  return (
    leavingIn(code, ({ word }) => word === 'exit') ??
    leavingIn(top, ({ word }) => word === 'return') ??
    [...text.matchAll(later)].flatMap(([whole, , words = '']) => (mayLeave(words) ? [shown(whole)] : []))[0]
  )
}

type Leaving = { word: string; status: string }

function leavingIn(code: string, counts: (leaving: Leaving) => boolean): string | undefined {
  for (const match of code.matchAll(leaving)) {
    const [whole, , word = '', status = ''] = match
    if (!counts({ word, status })) continue
    const before = code.slice(0, match.index + whole.length).trimEnd()
    const line = before.slice(before.lastIndexOf('\n') + 1)
    if (!isFailure(status, /\|\|[ \t]*(?:exit|return)\b[^;&|\n]*$/.test(line))) return shown(whole)
  }
  return undefined
}

function shown(whole: string): string {
  return whole.replace(/^[;&|({)`!\s]+|\s+$/g, '')
}

/** Without a number a command's own status counts: behind `||` it has failed. */
function isFailure(status: string, afterFailure: boolean): boolean {
  if (/^["']?\d+["']?$/.test(status)) return Number(status.replaceAll(/["']/g, '')) % 256 !== 0
  return afterFailure && (status === '' || /^["']?\$\?["']?$/.test(status))
}

/** Whether text that is run as code holds a word that leaves, and not with a failure. */
function mayLeave(words: string): boolean {
  return [...words.matchAll(/\b(?:exec|(?:exit|return)\b[ \t]*(\d*))/g)].some(
    ([, status = '']) => Number(status) % 256 === 0,
  )
}

const functionStart = /^([ \t]*)(?:function[ \t]+[\w.:-]+[ \t]*(?:\(\))?|[\w.:-]+[ \t]*\([ \t]*\))\s*\{/gm

/** The code outside of functions, as far as they are written in the usual form: brackets at the ends of lines. */
function withoutFunctions(code: string): string {
  const pieces: string[] = []
  let done = 0
  for (const match of code.matchAll(functionStart)) {
    if (match.index < done) continue
    const begin = match.index + match[0].length
    const line = code.indexOf('\n', begin)
    const isShort = /\}[ \t]*$/.test(code.slice(begin, line < 0 ? undefined : line))
    const end = isShort ? (line < 0 ? code.length : line) : code.indexOf(`\n${match[1]}}`, begin)
    if (end < 0) break
    pieces.push(code.slice(done, match.index))
    done = end
  }
  return pieces.join('') + code.slice(done)
}
