import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withoutInventedTickets } from '../../../src/tasks/commit-message/tickets.ts'

const shown = 'Branch: feature/ABC-7-cache\n+export const size = 12 // see #4, BME280\n'

describe('an invented ticket goes with what leads to it', () => {
  test.each([
    ['a bracket', 'add a cache of entries (#12)'],
    ['a word in a bracket', 'add a cache of entries (closes #12)'],
    ['two of them', 'add a cache of entries (closes #12, fixes #13)'],
    ['a square bracket', 'add a cache of entries [ABC-12]'],
    ['a word of another language', 'add a cache of entries (beheben #12)'],
    ['a comma', 'add a cache of entries, fixes #12'],
    ['a comma and a list', 'add a cache of entries, closes #12, #13 and #14'],
    ['a dash', 'add a cache of entries - ABC-12'],
    ['a word', 'add a cache of entries refs #12'],
    ['a word and a colon', 'add a cache of entries. Closes: #12'],
    ['two words', 'add a cache of entries for issue #12'],
    ['a number in words', 'add a cache of entries for issue 12'],
    ['see', 'add a cache of entries (see also #12)'],
    ['nothing', 'add a cache of entries #12'],
    ['another repository', 'add a cache of entries (owner/name#12)'],
    ['a merge request', 'add a cache of entries (!12)'],
    ['a key of this project', 'add a cache of entries ABC-12'],
    ['a place in front', 'ABC-12: add a cache of entries'],
    ['a place in front, in brackets', '[XYZ-12] add a cache of entries'],
    ['a number in front', '#12: add a cache of entries'],
    ['a longer number than the one that is there', 'add a cache of entries (#44)'],
    ['a footer', 'add a cache of entries\n\nCloses: #12\nRefs: XYZ-12'],
    ['a list of footers', 'add a cache of entries\n\n- closes #12\n- resolves #13'],
  ])('%s', (_, text) => {
    expect(withoutInventedTickets(text, { shown }).replace(/\.$/, '')).toBe('add a cache of entries')
  })

  test.each([
    ['feat(ABC-12): add a cache', 'feat: add a cache'],
    ['feat: ABC-12 add a cache', 'feat: add a cache'],
    ['fix: #12 a cache without entries', 'fix: a cache without entries'],
    ['Add a cache. Fixes #12.', 'Add a cache.'],
    ['feat!: #12 add a cache', 'feat!: add a cache'],
    ['add a cache (fast, see #12)', 'add a cache (fast)'],
    ['add a cache (fast and small, closes #12)', 'add a cache (fast and small)'],
    ['add a cache, closes #12, and a test', 'add a cache, and a test'],
    ['add a cache (closes #4 and #12)', 'add a cache (closes #4)'],
    ['fix #12 in the loader', 'fix in the loader'],
    [
      'add a cache\n\nIt is fast.\n\nCloses #12\nSigned-off-by: A <a@b>',
      'add a cache\n\nIt is fast.\n\nSigned-off-by: A <a@b>',
    ],
  ])('%j', (text, rest) => {
    expect(withoutInventedTickets(text, { shown })).toBe(rest)
  })
})

describe('what is none stays', () => {
  test.each([
    'encode entries as UTF-8',
    'hash entries with SHA-256',
    'read UTF-16 and ISO-8859-1',
    'fix CVE-2024-1234 in the parser',
    'guard against CVE-2024-1234',
    'add support for AES-256',
    'add a driver for BME-280',
    'follow RFC-3339',
    'serve the pages of WCAG-2',
    'compile for XCORE-200 boards',
    'sign tokens (with XYZ-9)',
    'use XYZ-9 for ids',
    'add a cache (#4)',
    'add a cache, see #4',
    'add a cache (ABC-7)',
    'ABC-7: add a cache',
    'support C#7 and F#4',
    'set the size to 12',
    'list the issues of a project',
    'close the file for reading',
    'part of the cache is gone',
    'rename step-2 to step-3',
    'fix: LTE-4 modems hang up',
    'Fix: SAMD-21 boards',
    'add issue 12 templates',
    'Merge pull request #12 from a/b',
    'Revert "add a cache (#12)"',
  ])('%j', (text) => {
    expect(withoutInventedTickets(text, { shown })).toBe(text)
  })

  test('any text without a number', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/\d/.test(text))
        expect(withoutInventedTickets(text, { shown: '' })).toBe(text)
      }),
    )
  })
})
