import { expect, test } from 'vitest'
import { noneDropped } from '../../../src/tasks/findings/dropped.ts'
import type { Finding } from '../../../src/tasks/findings/finding.ts'
import { mergeReviews } from '../../../src/tasks/findings/merge.ts'
import { finding } from './unit.ts'

const review = (findings: Finding[], dropped = {}) => ({
  findings,
  dropped: { ...noneDropped(), ...dropped },
  cached: false,
})

const apart = (count: number, change: (index: number) => Partial<Finding> = () => ({})) =>
  Array.from({ length: count }, (_, index) =>
    finding({
      id: `id${index}`,
      quote: `line ${index}`,
      startLine: index * 10 + 1,
      endLine: index * 10 + 1,
      ...change(index),
    }),
  )

test('the gravest come first', () => {
  const mixed = apart(3, (index) => ({ severity: (['low', 'critical', 'medium'] as const)[index] ?? 'info' }))
  expect(mergeReviews([review(mixed)]).findings.map(({ severity }) => severity)).toEqual(['critical', 'medium', 'low'])
})

test('three findings of a file and ten of a run are shown, the rest is counted', () => {
  expect(mergeReviews([review(apart(5))])).toMatchObject({ findings: { length: 3 }, dropped: { capped: 2 } })
  const spread = apart(14, (index) => ({ path: `src/${index}.ts` }))
  expect(mergeReviews([review(spread)])).toMatchObject({ findings: { length: 10 }, dropped: { capped: 4 } })
})

test('one thing said twice is said once', () => {
  const twice = [finding(), finding({ id: 'other', title: 'said in other words' })]
  expect(mergeReviews([review(twice)])).toMatchObject({ findings: { length: 1 }, dropped: { duplicate: 1 } })
})

test.each<[string, Partial<Finding>[], string]>([
  ['the surer one, when it comes second', [{ confidence: 'low' }, { confidence: 'high' }], 'id1'],
  ['the surer one, when it comes first', [{ confidence: 'medium' }, { confidence: 'low' }], 'id0'],
  ['the surest of three', [{ confidence: 'low' }, { confidence: 'medium' }, { confidence: 'high' }], 'id2'],
  ['the first of two that are as sure', [{}, {}], 'id0'],
  [
    'the graver one, however sure',
    [
      { severity: 'high', confidence: 'low' },
      { severity: 'low', confidence: 'high' },
    ],
    'id0',
  ],
])('of one thing said twice %s is kept', (_, said, id) => {
  const twice = said.map((change, at) => finding({ id: `id${at}`, title: `title ${at}`, ...change }))
  for (const reviews of [[review(twice)], twice.map((one) => review([one]))]) {
    const merged = mergeReviews(reviews)
    expect(merged.findings.map((one) => one.id)).toEqual([id])
    expect(merged.dropped.duplicate).toBe(said.length - 1)
  }
})

test('a surer finding takes neither the place of a check nor that of one by a comment', () => {
  const check = finding({ id: 'check', confidence: 'low' })
  const own = finding({ id: 'own', confidence: 'high' })
  expect(mergeReviews([review([own])], { checks: [check] }).findings.map(({ id }) => id)).toEqual(['check'])
  const hides = ({ id }: Finding) => id === 'own'
  const merged = mergeReviews([review([check, own])], { hides })
  expect(merged.findings.map(({ id }) => id)).toEqual(['check'])
})

test('no cap and no finding of a model displaces a check', () => {
  const checks = apart(12, () => ({ rule: 'bug/conflict-marker' }))
  const own = finding({ id: 'own', path: 'src/b.ts' })
  const merged = mergeReviews([review([own])], { checks })
  expect(merged.findings).toHaveLength(13)
  expect(merged.dropped).toEqual(noneDropped())
})

test('a harmless check on the same line does not swallow a grave finding', () => {
  const check = finding({ id: 'check', rule: 'security/prompt-injection', category: 'security', severity: 'low' })
  const grave = finding({
    id: 'grave',
    rule: 'security/injection',
    category: 'security',
    severity: 'critical',
    quote: 'x',
  })
  expect(mergeReviews([review([grave])], { checks: [check] }).findings.map(({ id }) => id)).toEqual(['grave', 'check'])
})

test('what is hidden takes no place, and all that was replied is accounted for', () => {
  const findings = apart(6)
  const hides = ({ id }: Finding) => id === 'id0' || id === 'id1'
  const merged = mergeReviews([review(findings, { ungrounded: 4 })], { hides })
  expect(merged.findings.map(({ id }) => id)).toEqual(['id2', 'id3', 'id4'])
  expect(merged.dropped).toEqual({ ...noneDropped(), suppressed: 2, capped: 1, ungrounded: 4 })
})
