const trailer = /^[A-Za-z][A-Za-z0-9-]*: \S/
const scissors = / -+ >8 -+$/

/**
 * The comment character of a message file that waits for its message: nothing stands in it but trailers, comments and
 * what follows the scissors. Undefined for any other file, and for one without comments, which no editor will show.
 */
export function waitingComment(text: string): string | undefined {
  let comment: string | undefined
  for (const line of text.split('\n')) {
    if (line === '' || (comment === undefined && trailer.test(line))) continue
    comment ??= /^([^\w\s]+)(?=[\s]|$)/.exec(line)?.[1]
    if (comment === undefined || !line.startsWith(comment)) return undefined
    if (scissors.test(line)) return comment
  }
  return comment
}

/** The file with a message at its top; everything that stood in it stays. */
export function insertMessage(text: string, message: string): string {
  return `${message}\n\n${text.replace(/^\n+/, '')}`
}
