import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseChanges } from '../../../src/workspace/git/change-list.ts'
import { type PatchSection, parsePatch } from '../../../src/workspace/git/patch.ts'
import { createFolder } from '../../workspace.ts'

// Lines that look like anything a diff is made of.
const line = fc.constantFrom(
  '',
  'a',
  'b',
  '-- a/x',
  '++ b/x',
  'diff --git a/x b/x',
  '@@ -1 +1 @@',
  '\\ No',
  'x\r',
  '\u2028y',
)
const text = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
  .map(([lines, ended]) => lines.join('\n') + (ended && lines.length > 0 ? '\n' : ''))

function diffOf(folder: string, before: string, after: string, context: number): string {
  writeFileSync(join(folder, 'before'), before)
  writeFileSync(join(folder, 'after'), after)
  try {
    return execFileSync('git', ['diff', '--no-index', `-U${context}`, 'before', 'after'], {
      cwd: folder,
      encoding: 'utf8',
    })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

const linesOf = (section: PatchSection = []) => section.flatMap((hunk) => hunk.lines)

test('a patch with whole files holds both sides, to the byte', () => {
  const folder = createFolder()
  fc.assert(
    fc.property(text, text, (before, after) => {
      fc.pre(before !== after)
      const sections = parsePatch(diffOf(folder, before, after, 1000))
      expect(sections).toHaveLength(1)
      for (const [side, whole] of [['old', before] as const, ['new', after] as const]) {
        const lines = linesOf(sections[0]).filter((each) => each[side] !== null)
        expect(lines.map((each) => each.text + (each.unended ? '' : '\n')).join('')).toBe(whole)
        expect(lines.map((each) => each[side])).toEqual(lines.map((_, index) => index + 1))
      }
    }),
    { numRuns: 40 },
  )
})

test('whatever stands in a patch, parsing ends', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string()), { maxLength: 30 }), (lines) => {
      const shown = parsePatch(lines.join('\n')).flatMap(linesOf)
      expect(shown.length).toBeLessThanOrEqual(lines.length)
    }),
  )
})

test('where a hunk ends, its counts say', () => {
  const hunk = '@@ -1,2 +1,2 @@\n--- a/x\n+++ b/x\n diff --git a/x b/x\n\\ No newline at end of file\n'
  const header = 'diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n'
  const shown = parsePatch(`${header}${hunk}@@ -9 +9 @@\n-y\n+z\n${header}${hunk}`)
  expect(shown.map((section) => linesOf(section).map(({ text: content }) => content))).toEqual([
    ['-- a/x', '++ b/x', 'diff --git a/x b/x', 'y', 'z'],
    ['-- a/x', '++ b/x', 'diff --git a/x b/x'],
  ])
})

test('a patch that breaks off keeps what was read', () => {
  const [section] = parsePatch('diff --git a/x b/x\n@@ -1,9 +1,9 @@\n a\n-b\n')
  expect(linesOf(section).map(({ kind, text: content }) => [kind, content])).toEqual([
    ['context', 'a'],
    ['removed', 'b'],
  ])
})

const record = (modes: string, status: string) => `:${modes} 1111111 2222222 ${status}`

test('names and sizes are read from between the NULs, whatever the names are', () => {
  const odd = ':100644 100644 1111111 2222222 M'
  const raw = [record('100644 100644', 'M'), odd, record('100644 100644', 'R090'), '1\t1\tx', '\n'].join('\0')
  const ids = ['1111111', '2222222']
  const sizes = [`1\t2\t${odd}`, '-\t-\t', '1\t1\tx', '\n'].join('\0')
  expect(parseChanges(`${raw}\0${sizes}\0\0diff --git`)).toEqual({
    changes: [
      { path: odd, status: 'M', oldMode: '100644', newMode: '100644', size: { added: 1, removed: 2 }, ids },
      { path: '\n', oldPath: '1\t1\tx', status: 'R', oldMode: '100644', newMode: '100644', size: null, ids },
    ],
    patch: 'diff --git',
  })
})
