import { expect, test } from 'vitest'
import { judge } from '../../../src/app/skill-test/judge.ts'
import { type CaseExpectation, caseFileSchema } from '../../../src/skills/case.ts'
import { finding } from '../../tasks/findings/unit.ts'

const expected = (value: unknown): CaseExpectation => caseFileSchema.parse({ expect: value }).expect
const findings = [
  finding({ path: 'src/a.ts', startLine: 3, endLine: 4, rule: 'mine/no-owner', severity: 'medium', title: 'No owner' }),
]

const answers: [string, unknown, string[]][] = [
  ['words in another case and across lines', { says: ['THE answer is'] }, []],
  ['one of several words', { says: [['forty', '42']] }, []],
  ['words that are missing', { says: ['43', ['no', 'yes']] }, ['not said: "43"', 'not said: "no" or "yes"']],
  ['words that must not be there', { says_not: ['answer'] }, ['said, but must not be: "answer"']],
]
test.each(answers)('an answer with %s', (_, value, problems) => {
  expect(judge({ answer: 'The\nanswer  is 42.', findings: null }, expected(value))).toEqual(problems)
})

const claims: [string, unknown, string[]][] = [
  ['its place', { found: [{ path: 'src/a.ts', line: 4 }] }, []],
  ['its kind', { found: [{ defect: 'no-owner' }, { defect: 'mine/no-owner' }] }, []],
  ['a severity that is lower', { found: [{ severity: 'low' }] }, []],
  ['a severity that is higher', { found: [{ severity: 'high' }] }, ['not found: a finding of at least high']],
  ['its words', { found: [{ says: ['no owner'] }] }, []],
  [
    'another place',
    { found: [{ path: 'src/b.ts', line: 1, defect: 'no-owner', says: ['who'] }] },
    ['not found: no-owner at src/b.ts:1 that says "who"'],
  ],
  ['half of a kind', { found: [{ defect: 'owner' }] }, ['not found: owner']],
  [
    'a place that must be free',
    { not_found: [{ line: 3 }] },
    ['found, but must not be: mine/no-owner at src/a.ts:3, "No owner"'],
  ],
  ['too many', { max_findings: 0 }, ['1 findings, but at most 0 are allowed: mine/no-owner at src/a.ts:3, "No owner"']],
]
test.each(claims)('a finding is looked for by %s', (_, value, problems) => {
  expect(judge({ answer: '', findings }, expected(value))).toEqual(problems)
})
