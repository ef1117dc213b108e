/**
 * One row: without these guards the test has to fail. Where several guards hold the same thing each is enough by
 * itself, so all of them are taken away at once. A guard is the name of a marker in src/, whose statement or element is
 * taken away, or what `weaken` or `instead` makes of it.
 */
export function row(number, [file, name], ...without) {
  return { case: number, file, name, without: without.map((guard) => (typeof guard === 'string' ? { guard } : guard)) }
}

/** Only a part of what the marker stands before goes, or becomes something else. The part is in it exactly once. */
export const weaken = (guard, part, into = '') => ({ guard, part, into })

/** What the marker stands before becomes something else. */
export const instead = (guard, code) => ({ guard, code })

/** The configuration of vitest that a test file belongs to. */
export function configOf(file) {
  if (/^torture\/|\bgrowth\.test\.ts$/.test(file)) return 'test/torture/vitest.config.ts'
  if (/^doors\/(?!cli\/)|^doors\/cli\/(?:changes|commit-message|documents|work|work-models)\.test/.test(file))
    return 'test/doors/vitest.config.ts'
  return file.startsWith('hostile/') ? 'test/hostile/vitest.config.ts' : 'vitest.config.ts'
}
