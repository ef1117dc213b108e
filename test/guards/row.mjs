/**
 * One row: without these lines of code the test has to fail. Where several lines hold the same thing each is enough by
 * itself, so all of them are taken away at once.
 */
export function row(number, [file, name], ...without) {
  return { case: number, file, name, without }
}

/** A text that stands exactly once in a file of src/, and what stands there when the guard is gone. */
export const gone = (file, find, replace = '') => ({ file, find, replace })
