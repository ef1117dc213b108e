import { describe, expect, test } from 'vitest'
import { ground } from '../../../src/tasks/findings/ground.ts'
import type { RawFinding } from '../../../src/tasks/findings/reply.ts'
import { showUnit } from '../../../src/tasks/findings/shown.ts'
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

/** The file that the hunk is a part of. */
const store = (inserted = '') => `${'\n'.repeat(39)}export async function close(store) {
  const handle = store.handle
  handle.flush()
  await handle.close()
}
${inserted}`

const nothingKnown = { known: async () => false, source: async () => store() }

async function grounded(change: Partial<RawFinding> = {}, unit = hunk()) {
  const outcome = await ground(raw(change), showUnit(unit), nothingKnown)
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

test.each([
  ['+ await handle.flush()', 'await handle.flush()'],
  ['+ 42 |   await handle.flush()', 'await handle.flush()'],
  ['-  handle.flush()\n+  await handle.flush()\n+  done()', 'await handle.flush()\n  done()'],
  ['|   await handle.flush()', 'await handle.flush()'],
  ['42 | await handle.flush()', 'await handle.flush()'],
  ['++handle.count', '++handle.count'],
  ['|> handle.reset()', '|> handle.reset()'],
  ['a + b', 'a + b'],
  ['+ 1\nrest', '+ 1\nrest'],
])('a suggestion is code without the marks of the diff: %j', async (suggestion, code) => {
  expect(await grounded({ suggestion })).toMatchObject({ suggestion: code })
  const { kind: _, ...file } = { ...hunk(), text: 'handle.flush()' }
  expect(await grounded({ suggestion }, { ...file, kind: 'file' })).toMatchObject({ suggestion })
})

describe('a finding is dropped', () => {
  test.each([
    ['when its quote is invented', { quote: 'handle.destroy()' }, 'its quote is not in the input'],
    [
      'when it is about a line that was there before',
      { quote: 'await handle.close()', title: 'close may throw', message: 'no catch around it', suggestion: '' },
      'it is about a line that the change does not touch',
    ],
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

describe('a name that the finding mentions', () => {
  test.each([
    '`IndexOutOfRangeException` is thrown every time',
    '`NoMethodError` is raised',
    '`snprintf` takes the size',
    'the kernel sends `SIGXCPU`',
    '`flushSync` is missing',
  ])('lowers the confidence when it is found nowhere, and never drops it: %s', async (title) => {
    expect(await grounded({ title })).toMatchObject({ title, confidence: 'low' })
  })

  test('is no invention when it occurs elsewhere in the workspace', async () => {
    const outcome = await ground(raw({ title: '`flushSync` is missing' }), showUnit(hunk()), {
      known: async () => true,
    })
    expect(outcome).toMatchObject({ finding: { confidence: 'medium' } })
  })

  test.each(['`await` is missing', 'it throws a `TypeError`', '`null` is not handled', 'the result is `NaN`'])(
    'may be a word of the language: %s',
    async (title) => {
      expect(await grounded({ title })).toMatchObject({ title, confidence: 'medium' })
    },
  )

  test('costs a bounded number of looks, however many there are', async () => {
    let asked = 0
    const known = async () => (asked += 1) > 0
    const title = Array.from({ length: 5000 }, (_, at) => `\`Name${at}\``).join(' ')
    await ground(raw({ title }), showUnit(hunk()), { known })
    expect(asked).toBeLessThan(20)
  })
})

describe('what a finding suggests does not count as there', () => {
  const suggestion = 'if (handle === null) return'
  const planted = async (added: string[], change: Partial<RawFinding> = {}, language = 'typescript') => {
    const rows: [UnitLine['kind'], string][] = [
      ['context', 'export async function close(store) {'],
      ['added', '  handle.flush()'],
      ...added.map((text): [UnitLine['kind'], string] => ['added', text]),
      ['context', '}'],
    ]
    const lines = numbered(rows)
    const unit: Unit = { ...hunk(), language, text: renderLines(lines) }
    const file = `${'\n'.repeat(39)}${lines.map(({ text }) => text).join('\n')}\n`
    const context = { known: async () => true, source: async () => file }
    const outcome = await ground(raw({ suggestion, ...change }), showUnit(unit), context)
    return 'finding' in outcome ? 'kept' : outcome.why
  }

  test.each<[string, string[], string?]>([
    ['in a block comment', ['  /*', `  ${suggestion}`, '  */']],
    ['in a template string', ['  const help = `', `  ${suggestion}`, '  `']],
    ['in a branch that is switched off', ['  if (false) {', `    ${suggestion}`, '  }']],
    ['in a docstring', ['  """', `  ${suggestion}`, '  """'], 'python'],
    ['in a disabled section', ['#if 0', `  ${suggestion}`, '#endif'], 'cpp'],
    ['in a branch that never runs', ['  if (1 > 2) {', `    ${suggestion}`, '  }']],
    ['in a function of its own', ['  function other() {', `    ${suggestion}`, '  }']],
    ['in a function behind it', ['}', 'function other(handle) {', `  ${suggestion}`]],
    ['in a handler', ['  on(() => {', `    ${suggestion}`, '  })']],
    ['behind a return', ['  return', `  ${suggestion}`]],
    ['in a language that cannot be parsed', [`  ${suggestion}`], 'cobol'],
  ])('%s', async (_, added, language) => {
    expect(await planted(added, {}, language)).toBe('kept')
  })

  test('when the finding is critical', async () => {
    expect(await planted([`  ${suggestion}`], { severity: 'critical' })).toBe('kept')
  })

  test('but as code next to the quote it does', async () => {
    expect(await planted([`  ${suggestion}`])).toBe('what it suggests is already there')
  })
})

describe('severity is capped', () => {
  test('in tests', async () => {
    expect(await grounded({}, hunk('test/store.test.ts'))).toMatchObject({ severity: 'low' })
  })

  test('without a trigger', async () => {
    expect(await grounded({ trigger: ' ' })).toMatchObject({ severity: 'low' })
  })
})

test('a suggestion that repeats the quote is left out', async () => {
  expect(await grounded({ suggestion: 'handle.flush()' })).toHaveProperty('suggestion', null)
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

test('a text that is too long is never cut inside a character', async () => {
  const title = `${'x'.repeat(78)}😀😀`
  expect(await grounded({ title })).toMatchObject({ title: `${'x'.repeat(78)}…` })
})

test('a text that the server stopped at its limit says that it goes on', async () => {
  const cut = 'The limit is compared with the sum before shipping. '.repeat(4).slice(0, 199)
  expect(await grounded({ message: `${cut} `, trigger: 'a'.repeat(120), title: 'Short' })).toMatchObject({
    message: `${cut.trim()}…`,
    trigger: `${'a'.repeat(120)}…`,
    title: 'Short',
  })
  const whole = `${'b'.repeat(199)}.`
  expect(await grounded({ message: whole })).toMatchObject({ message: whole })
})
