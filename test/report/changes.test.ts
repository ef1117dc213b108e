import { expect, test } from 'vitest'
import { LocalBrainError } from '../../src/errors.ts'
import { blankReport } from '../../src/report/blank.ts'
import { type RunChanges, reportChanges } from '../../src/report/changes.ts'
import { markdown } from '../../src/report/markdown.ts'
import { reportSchema } from '../../src/report/report.ts'

const change = {
  path: 'src/a.ts',
  kind: 'modify' as const,
  added: 40,
  removed: 7,
  binary: false,
  mode: '100644',
  sensitive: false,
  outsideTargets: false,
  by: 'tool' as const,
  sha256Before: 'a',
  sha256After: 'b',
}

const changed: RunChanges = {
  changes: [
    change,
    { ...change, path: '.github/workflows/ci.yml', added: 1, removed: 0, sensitive: true },
    {
      ...change,
      path: 'evil\u202e[click](http://other)',
      kind: 'create',
      mode: '100755',
      added: 0,
      removed: 0,
      binary: true,
    },
  ],
  patch: 'the patch',
  patchFile: '/state/x.patch',
  proposal: { id: '20261128-120000-abcd', applied: false, branch: null },
  warnings: ['link was not taken over: a symbolic link'],
}

test('an answer ends with what was changed, what runs by itself, and how to go on', () => {
  const report = reportChanges({ ...blankReport(), answer: 'Done.' }, changed)
  expect(reportSchema.parse(report)).toEqual(report)
  const text = markdown(report)
  expect(text).toMatch(/^Done\.\n/)
  expect(text).toContain('- M src/a.ts +40 −7\n- M .github/workflows/ci.yml +1 −0 [runs by itself]\n')
  expect(text).not.toContain('[click](')
  expect(text).not.toContain('\u202e')
  expect(text).toMatch(/\nProposed: 3 files, \+41 −7\. Apply: local-brain apply\n$/)
})

test('what was applied or committed says so, and what could not be is an error of the run', () => {
  const applied = reportChanges(blankReport(), {
    ...changed,
    proposal: { id: 'x', applied: true, branch: null },
  })
  expect(markdown(applied)).toMatch(/Applied: 3 files, \+41 −7\. Take back: local-brain undo x\n$/)
  const branched = reportChanges(blankReport(), { ...changed, proposal: { id: 'x', applied: false, branch: 'fix/it' } })
  expect(markdown(branched)).toMatch(/Committed on branch fix\/it: 3 files, \+41 −7\n$/)
  const error = new LocalBrainError('output', 'no room')
  expect(reportChanges(blankReport(), { ...changed, error })).toMatchObject({ exitCode: 5, error: { code: 'output' } })
})

test('a run that could change something and did not ends as it always did', () => {
  const report = reportChanges(
    { ...blankReport(), answer: 'Nothing to do.' },
    { ...changed, changes: [], patch: '', patchFile: null, proposal: null },
  )
  expect(markdown(report)).toBe('Nothing to do.\n')
})
