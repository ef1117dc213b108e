/**
 * One row: without these lines of code the test has to fail. Where several lines hold the same thing each is enough by
 * itself, so all of them are taken away at once.
 */
export function row(number, [file, name], ...without) {
  return { case: number, file, name, without, hangs: false }
}

/** The same where the program never ends without the guard; elsewhere a test that is only late has noticed nothing. */
export function hanging(...parts) {
  return { ...row(...parts), hangs: true }
}

/** A text that stands exactly once in a file of src/, and what stands there when the guard is gone. */
export const gone = (file, find, replace = '') => ({ file, find, replace })
