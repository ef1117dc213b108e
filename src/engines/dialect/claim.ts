/** A call as the text puts it, before anyone asked whether that tool exists. */
export type Claim = { name: string; arguments: unknown }

/** What stood at a place of the text, and where it ended. */
export type Found<T> = { value: T; end: number }

/** What a sticky expression matches at `at`. */
export function matchAt(sticky: RegExp, text: string, at: number): RegExpExecArray | undefined {
  sticky.lastIndex = at
  return sticky.exec(text) ?? undefined
}

/** The place of the next character that is not white space. */
export function skipBlank(text: string, at: number): number {
  let next = at
  while (next < text.length && text.charCodeAt(next) <= 32) next += 1
  return next
}
