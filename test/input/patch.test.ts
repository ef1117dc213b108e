import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePatch } from '../../src/workspace/git/patch.ts'
import { renderPatch } from '../../src/input/patch.ts'
import { createFolder } from '../workspace.ts'

const text = fc
  .array(fc.constantFrom('a', 'b', 'c', '', '-- x', '@@ -1 +1 @@'), { maxLength: 40 })
  .map((lines) => lines.join('\n'))

function gitDiff(folder: string, context: number): string {
  try {
    const args = ['diff', '--no-index', '--histogram', `-U${context}`, 'before', 'after']
    return execFileSync('git', args, { cwd: folder, encoding: 'utf8' })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

/** Hunks alone, their headers with both counts and nothing behind them. */
function hunksOf(patch: string): string {
  const hunks = patch.slice(patch.indexOf('\n@@') + 1)
  return hunks.replace(/^(@@ .*? @@).*$/gm, (_, header: string) => header.replace(/([-+]\d+)(?= )/g, '$1,1'))
}

test('a patch made of whole files is the one that git makes', () => {
  const folder = createFolder()
  const change = { path: 'x', status: 'M', oldMode: '100644', newMode: '100644' }
  fc.assert(
    fc.property(text, text, (before, after) => {
      fc.pre(before !== after)
      writeFileSync(join(folder, 'before'), before)
      writeFileSync(join(folder, 'after'), after)
      const lines = (parsePatch(gitDiff(folder, 1000))[0] ?? []).flatMap((hunk) => hunk.lines)
      expect(hunksOf(renderPatch(change, lines))).toBe(hunksOf(gitDiff(folder, 3)))
    }),
    { numRuns: 40 },
  )
})
