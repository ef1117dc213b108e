import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

type Guard = { guard: string; part?: string; into?: string; code?: string }
type Row = { file: string; name: string; without: Guard[] }
type Source = ReadonlyMap<string, string>

const { takeAway } = (await import(join(import.meta.dirname, 'markers.mjs'))) as {
  takeAway: (text: string, guards: Guard[]) => string
}
const { markerProblems, testProblems } = (await import(join(import.meta.dirname, 'problems.mjs'))) as {
  markerProblems: (sources: Source, rows: readonly Row[]) => string[]
  testProblems: (tests: readonly { file: string; name: string }[], rows: readonly Row[]) => string[]
}

test('each guard in src has a row, and each row has its guard and its test', { timeout: 60_000 }, async () => {
  const { stderr } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'check.mjs')]).catch(
    (error: { stderr: string }) => error,
  )
  expect(stderr).toBe('')
})

test.each([
  ['a statement', '// guard: x\nif (a)\n  throw b\nc()', '// guard: x\n;\nc()'],
  [
    'a statement after other comments',
    '// guard: x\n// lint\n/** why */\na()\nb()',
    '// guard: x\n// lint\n/** why */\n;\nb()',
  ],
  ['a branch without braces', 'if (a)\n  // guard: x\n  b()\nc()', 'if (a)\n  // guard: x\n  ;\nc()'],
  ['an element', 'a = [\n// guard: x\nf(1),\n2]', 'a = [\n// guard: x\n\n2]'],
  ['the last element', 'a = [1,\n// guard: x\n[2, 3]]', 'a = [1,\n// guard: x\n]'],
  ['a property', 'a = {\n// guard: x\nb: c(),\nd }', 'a = {\n// guard: x\n\nd }'],
  ['what is spread', 'a = [\n// guard: x\n...b(),\nc]', 'a = [\n// guard: x\n\nc]'],
  ['an argument', 'f(\n// guard: x\n{ a },\nb)', 'f(\n// guard: x\n\nb)'],
  ['a link of a chain', 'a\n.b(1)\n// guard: x\n.c(() => 2)\n.d()', 'a\n.b(1)\n// guard: x\n\n.d()'],
])('a marker stands before its guard: %s', (_, text, without) => {
  expect(takeAway(text, [{ guard: 'x' }])).toBe(without)
})

test('a guard can lose a part, or become other code', () => {
  const text = "const é = '…'\n// guard: x\nif (a || b) throw c\nd()\n"
  expect(takeAway(text, [{ guard: 'x', part: ' || b', into: '' }])).toBe(text.replace(' || b', ''))
  expect(takeAway(text, [{ guard: 'x', part: 'b', into: '$&' }])).toBe(text.replace('b', '$$&'))
  expect(takeAway(text, [{ guard: 'x', code: 'return 1' }])).toBe(text.replace('if (a || b) throw c', 'return 1'))
})

test('several guards of a file can go at once, also all that a list holds', () => {
  const text = '[\n// guard: x\na,\n// guard: y\nb,\n]\n// guard: z\nc(1, 2)\n'
  const guards = [{ guard: 'y' }, { guard: 'z', part: '1, ', into: '' }, { guard: 'x' }]
  expect(takeAway(text, guards)).toBe('[\n// guard: x\n\n// guard: y\n\n]\n// guard: z\nc(2)\n')
})

const guarded = (...guards: Guard[]): Row => ({ file: 'a.test.ts', name: 'a name', without: guards })

test.each<[string, string, Row[]]>([
  ['guard "y" has no row in test/guards', '// guard: x\na()\n// guard: y\nb()\n', [guarded({ guard: 'x' })]],
  ['no "// guard: y" in src', '// guard: x\na()\n', [guarded({ guard: 'x' }, { guard: 'y' })]],
  ['two guards are marked "x"', '// guard: x\na()\n// guard: x\nb()\n', [guarded({ guard: 'x' })]],
  ['src/a.ts: "// guard: x y" marks nothing', '// guard: x y\na()\n', [guarded({ guard: 'x y' })]],
  ['src/a.ts: "// guard: x" marks nothing', 'a()\n// guard: x\n', [guarded({ guard: 'x' })]],
  ['src/a.ts: "// guard: x" has to stand on a line of its own', 'a() // guard: x\n', [guarded({ guard: 'x' })]],
  ['guard x: it holds 0 times: c', '// guard: x\na()\nc()\n', [guarded({ guard: 'x', part: 'c', into: '' })]],
  ['guard x: it holds 2 times: a', '// guard: x\na(a)\n', [guarded({ guard: 'x', part: 'a', into: '' })]],
  [
    "guard x: without it the source can't be read",
    'a = {\n// guard: x\nb,\n}\n',
    [guarded({ guard: 'x', code: 'c,' })],
  ],
])('what does not belong together is said: %s', (problem, text, rows) => {
  expect(markerProblems(new Map([['src/a.ts', text]]), rows)).toContain(problem)
})

test('a row whose test is not in the file is said', () => {
  const tests = [{ file: 'b.test.ts', name: 'all of a name' }]
  expect(testProblems(tests, [{ ...guarded(), file: 'b.test.ts' }])).toEqual([])
  expect(testProblems(tests, [guarded()])).toEqual(['no test "a name" in test/a.test.ts'])
})
