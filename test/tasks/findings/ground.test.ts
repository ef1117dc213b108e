import { describe, expect, test } from 'vitest'
import { type RawFinding, ground } from '../../../src/tasks/findings/ground.ts'
import { type Unit, type UnitLine, linesOf, renderLines } from '../../../src/input/unit.ts'

const numbered = (rows: [UnitLine['kind'], string][]): UnitLine[] => {
  let next = 40
  return rows.map(([kind, text]) => ({ kind, text, number: kind === 'removed' ? null : next++ }))
}

const hunk = (path = 'src/store.ts'): Unit => {
  const lines = numbered([
    ['context', 'export async function close(store) {'],
    ['removed', '  if (store === null) return'],
    ['added', '  const handle = store.handle'],
    ['added', '  handle.flush()'],
    ['context', '  await handle.close()'],
    ['context', '}'],
  ])
  return {
    path,
    language: 'typescript',
    kind: 'hunk',
    side: 'new',
    startLine: 40,
    endLine: 44,
    text: renderLines(lines),
  }
}

const raw = (change: Partial<RawFinding> = {}): RawFinding => ({
  quote: 'handle.flush()',
  defect: 'missing-await',
  title: '`flush` is not awaited',
  message: '`handle.flush()` returns a promise that nobody waits for',
  trigger: 'the file is closed before it is written',
  severity: 'high',
  suggestion: 'await handle.flush()',
  ...change,
})

const nothingKnown = { known: async () => false }

async function grounded(change: Partial<RawFinding> = {}, unit = hunk()) {
  const outcome = await ground(raw(change), unit, nothingKnown)
  return 'finding' in outcome ? outcome.finding : outcome.why
}

test('the line is computed from the quote', async () => {
  expect(await grounded()).toMatchObject({
    startLine: 42,
    endLine: 42,
    anchor: 'added',
    side: 'new',
    quote: '  handle.flush()',
  })
})

test('a removed line is anchored on the old side, next to the nearest new line', async () => {
  const finding = await grounded({
    quote: 'if (store === null) return',
    title: 'the check for null is gone',
    message: 'the guard was removed',
    suggestion: '',
  })
  expect(finding).toMatchObject({ anchor: 'deletion', side: 'old', startLine: 40 })
})

describe('a finding is dropped', () => {
  test.each([
    ['when its quote is invented', { quote: 'handle.destroy()' }, 'its quote does not stand in the input'],
    [
      'when it is about a line that was there before',
      { quote: 'await handle.close()', title: 'close may throw', message: 'no catch around it', suggestion: '' },
      'it is about a line that the change does not touch',
    ],
    ['when it names something that does not exist', { title: '`flushSync` is missing' }, '"flushSync" does not exist'],
    [
      'when what it suggests is already there',
      { quote: 'handle.flush()', suggestion: 'const handle = store.handle' },
      'what it suggests is already there',
    ],
  ])('%s', async (_, change, why) => {
    expect(await grounded(change)).toBe(why)
  })
})

test('a context line counts when the finding names what an added line brings in', async () => {
  const finding = await grounded({
    quote: 'await handle.close()',
    title: '`handle` may be undefined',
    message: '`handle` comes from a store without one',
    suggestion: '',
  })
  expect(finding).toMatchObject({ anchor: 'context', severity: 'low' })
})

test('a name that occurs elsewhere in the workspace is no invention', async () => {
  const outcome = await ground(raw({ title: '`flushSync` is missing' }), hunk(), { known: async () => true })
  expect(outcome).toHaveProperty('finding')
})

test.each(['`await` is missing', 'it throws a `TypeError`', '`null` is not handled', 'the result is `NaN`'])(
  'a word of the language is no invention: %s',
  async (title) => {
    expect(await grounded({ title })).toMatchObject({ title })
  },
)

describe('severity is capped', () => {
  test('in tests', async () => {
    expect(await grounded({}, hunk('test/store.test.ts'))).toMatchObject({ severity: 'low' })
  })

  test('without a trigger', async () => {
    expect(await grounded({ trigger: ' ' })).toMatchObject({ severity: 'low' })
  })
})

test('a suggestion that repeats the quote is left out', async () => {
  expect(await grounded({ suggestion: 'handle.flush()' })).not.toHaveProperty('suggestion')
})

test('the id stays when lines move and words change, and differs for another defect', async () => {
  const moved = hunk()
  const shifted = {
    ...moved,
    text: renderLines(
      linesOf(moved).map((line) => ({ ...line, number: line.number === null ? null : line.number + 7 })),
    ),
  }
  const first = await grounded()
  const again = await grounded({ title: 'flush has no await', severity: 'low' }, shifted)
  const other = await grounded({ defect: 'race' })
  expect(again).toMatchObject({ id: (first as { id: string }).id, startLine: 49 })
  expect(other).not.toMatchObject({ id: (first as { id: string }).id })
})
