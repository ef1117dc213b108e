/** Where a command begins: a line, or behind a separator, a keyword or a bracket. */
const command =
  /(^|[;&|({)]|\b(?:then|else|do)\b)[ \t]*(?:(exit|return)\b[ \t]*([^\s;&|)}]*)|exec[ \t]+(?=[^<>&\d\s]))/gm

/**
 * The first way in which a shell script may end with success before its last line: `exit 0`, `[ -n "$CI" ] && exit`,
 * `exec other`, a `return` outside of functions. Ending with a failure stops git, so that is none; what cannot be told
 * counts as one.
 */
export function findWayOut(script: string): string | undefined {
  const hasFunctions = /^\s*(?:function\s+[\w-]+|[\w-]+\s*\(\))/m.test(script)
  const code = script.replace(/(^|\s)#.*$/gm, '$1').replace(/\\\n/g, ' ')
  for (const match of code.matchAll(command)) {
    const [whole, , word, status = ''] = match
    if (word === 'return' && hasFunctions) continue
    const before = code.slice(0, match.index + whole.length).trimEnd()
    if (word === undefined || !isFailure(status, /\|\|[ \t]*(?:exit|return)\b[^;&|\n]*$/.test(before)))
      return whole.replace(/^[;&|({)\s]+|\s+$/g, '')
  }
  return undefined
}

/** Without a number a command's own status counts: behind `||` it has failed. */
function isFailure(status: string, afterFailure: boolean): boolean {
  if (/^["']?[1-9]\d*["']?$/.test(status)) return true
  return afterFailure && (status === '' || /^["']?\$\?["']?$/.test(status))
}
