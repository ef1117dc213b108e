import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hasSandbox } from '../../workspace/sandbox/found.ts'
import { type Move, type Told, carryOut, edit, inTurn, shop } from './project.ts'

const mend = edit('cart.js', 'sum - price', 'sum + price')
const rewrite = (path: string, content: string) => ({ name: 'write_file', arguments: { path, content } })

describe.skipIf(!hasSandbox)('a written task', () => {
  test('is done when its check failed before and holds now', async () => {
    const { report, root, requests } = await carryOut(inTurn([mend], 'I am the best, all 100 tests pass.'))
    expect(report).toMatchObject({
      skill: 'work',
      scope: { kind: 'spec', root: '.' },
      answer: 'Verdict: done (1 check failed before and holds now)',
      checks: [{ name: 'bash test.sh', before: 'failed', after: 'ok' }],
      changes: [{ path: 'cart.js', kind: 'modify', outsideTargets: false }],
      access: { skill: 'run', allowed: ['write', 'run'], network: false },
      rounds: 1,
      verified: true,
      stop: 'answered',
      exitCode: 0,
    })
    expect(report.patch).toContain('+exports.total = (prices) => prices.reduce((sum, price) => sum + price, 0)')
    expect(report.proposal).toMatchObject({ applied: false })
    expect(readFileSync(join(root, 'cart.js'), 'utf8')).toBe(shop['cart.js'])
    const told = requests[0]?.messages.map(({ content }) => content).join('\n')
    expect(told).toMatch(
      /Fix the total[^]*bash test\.sh \(fails\)[^]*\$ bash test\.sh \(exit 1\)\nthe total is wrong\n/,
    )
    expect(JSON.stringify({ ...report, toolCalls: [] })).not.toContain('100 tests')
  })

  test('goes on in a new conversation that knows what was changed and what fails', async () => {
    const { report, requests } = await carryOut(({ text, request }) => {
      if (request.messages.at(-1)?.role === 'tool') return 'Done.'
      return [
        text.includes('sum * price')
          ? edit('cart.js', 'sum * price', 'sum + price')
          : edit('cart.js', 'sum - price', 'sum * price'),
      ]
    })
    expect(report).toMatchObject({
      exitCode: 0,
      rounds: 2,
      answer: 'Verdict: done (1 check failed before and holds now)',
    })
    const second = requests.filter(({ messages }) => messages.length === 2)[1]?.messages.at(-1)?.content ?? ''
    expect(second).toMatch(/What was changed so far:\n=====\w+=====\ndiff --git a\/cart\.js/)
    expect(second).toMatch(/What fails now:\n=====\w+=====\n\$ bash test\.sh \(exit 1\)/)
    expect(second).not.toContain('Done.')
  })

  test('shows its files, and says which are not there yet', async () => {
    const spec = '---\ntarget_files: [cart.js, src/sum.js]\n---\n# Fix\n'
    const { report, requests } = await carryOut(inTurn([mend, rewrite('other.js', 'x\n')], 'Done.'), {
      files: { ...shop, 'fix.md': spec },
    })
    const told = requests[0]?.messages.at(-1)?.content ?? ''
    expect(told).toMatch(/Files of the task that do not exist yet: src\/sum\.js\n/)
    expect(told).toMatch(/FILE cart\.js\nexports\.total/)
    expect(report.changes).toMatchObject([
      { path: 'cart.js', outsideTargets: false },
      { path: 'other.js', outsideTargets: true },
    ])
    expect(report.answer).toContain('Not touched, although the task names them: src/sum.js')
  })

  test('keeps what checks leave behind out of the patch', async () => {
    const { report } = await carryOut(inTurn([mend], 'Done.'), {
      checks: ['echo x > litter.txt; echo y >> cart.js; bash test.sh'],
    })
    expect(report).toMatchObject({ exitCode: 0, changes: [{ path: 'cart.js', added: 1, removed: 1 }] })
  })
})

const call = (name: string, args: Record<string, unknown> = {}) => ({ name, arguments: args })
const unchanged = { exitCode: 4, stop: 'stuck', changes: [], verified: true }
const cut = { message: { role: 'assistant' as const, content: 'I will', toolCalls: [] } }
const wrong = edit('cart.js', 'sum - price', 'sum * price')
const back = edit('cart.js', 'sum * price', 'sum - price')

/** Each of these is what a small model does on some day; the work that it does besides is never enough. */
const bad: [name: string, model: (told: Told) => Move, expected: object][] = [
  ['claims that all is done', () => 'Done, all tests pass.', unchanged],
  ['only reads', inTurn([call('read_file', { path: 'cart.js' })], 'Fine.'), unchanged],
  ['changes another file', inTurn([rewrite('other.js', 'x\n')], 'Done.'), { exitCode: 4, stop: 'stuck', rounds: 2 }],
  ['deletes the test', inTurn([call('delete_file', { path: 'test.sh' })], 'Done.'), { exitCode: 4, rounds: 2 }],
  ['makes the same call for ever', () => [call('read_file', { path: 'cart.js' })], unchanged],
  ['edits back and forth', inTurn([wrong], [back], [wrong], [back], 'Done.'), unchanged],
  ['is cut off', () => ({ ...cut, outcome: 'cut' }), unchanged],
  ['is cut off in its calls', () => ({ ...cut, outcome: 'call-cut' }), unchanged],
  ['writes its calls as text', () => '<tool>edit_file cart.js</tool>', unchanged],
  ['calls with wrong arguments', inTurn([call('edit_file', { file: 3 })], [call('edit', {})], 'Done.'), unchanged],
  ['edits what is not there', inTurn([edit('cart.js', 'sum-price', 'sum+price')], 'Done.'), unchanged],
  ['thinks without end', () => ({ ...cut, outcome: 'unusable' }), unchanged],
  ['stops early', inTurn([wrong], 'The rest is easy.'), { exitCode: 4, stop: 'stuck', rounds: 2 }],
  [
    'weakens the check',
    inTurn([call('read_file', { path: 'test.sh' })], [rewrite('test.sh', 'exit 0\n')], 'Done.'),
    { exitCode: 4, changes: [{ path: 'test.sh', weakens: true }] },
  ],
  [
    'gets the check by a command',
    inTurn([call('run_command', { command: 'echo exit 0 > test.sh; rm Makefile' })], 'Done.'),
    { exitCode: 4, checks: [{ after: 'failed', exitCode: 1 }] },
  ],
  [
    'changes what the spec says',
    inTurn([call('run_command', { command: "sed -i 's/bash test.sh/true/' fix.md" })], 'Done.'),
    { exitCode: 4, checks: [{ command: 'bash test.sh', after: 'failed' }] },
  ],
]

describe.skipIf(!hasSandbox)('tests in the file that they are about', () => {
  const code =
    'def total(prices):\n    return prices[0] - prices[1]\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n'
  const files = {
    'cart.py': code,
    'fix.md': '---\ntarget_files: [cart.py]\nchecks: [python3 check.py]\n---\n# Fix\n',
    'check.py': 'import cart\ncart.test_total()\n',
  }
  const weaken = edit('cart.py', '== 3', '== -1')
  const mend = edit('cart.py', 'prices[0] - prices[1]', 'sum(prices)')

  test('do not count where they were changed to hold', async () => {
    const { report } = await carryOut(inTurn([weaken], 'Done.'), { files, rounds: 1 })
    expect(report).toMatchObject({ exitCode: 1, changes: [{ path: 'cart.py', weakens: true }] })
    expect(report.checks?.[0]?.output).toMatch(/^\[run with the tests as they were at the start: cart\.py\]/)
  })

  test('are run as they were, and the work in the same file stays', async () => {
    const { report } = await carryOut(inTurn([mend], [edit('cart.py', '== 3', '>= 3')], 'Done.'), { files })
    expect(report).toMatchObject({ exitCode: 0, changes: [{ path: 'cart.py', added: 2, weakens: true }] })
    const whole = await carryOut(inTurn([mend], 'Done.'), { files })
    expect(whole.report).toMatchObject({ exitCode: 0, changes: [{ path: 'cart.py', added: 1 }] })
    expect(whole.report.changes?.[0]).not.toHaveProperty('weakens')
  })

  test('are marked where they cannot be told from the work', async () => {
    const dense = { ...files, 'cart.py': code.replace('\n\n\n', '\n') }
    const [old, now] = [
      dense['cart.py'],
      'def total(prices):\n    return -3\ndef test_total( ):\n    assert total(0) == -3\n',
    ]
    const both = edit('cart.py', old, now)
    const { report } = await carryOut(inTurn([both], 'Done.'), { files: dense })
    expect(report).toMatchObject({ exitCode: 0, changes: [{ weakens: true }] })
    expect(report.warnings.join('\n')).toMatch(/together with the lines beside them, .*: read them: cart\.py/)
  })
})

describe.skipIf(!hasSandbox)('a model that behaves badly', () => {
  test.each(bad)('%s, and the verdict is true', async (_, model, expected) => {
    const { report } = await carryOut(model, { limits: { turns: 6 } })
    expect(report).toMatchObject(expected)
    expect(report.answer).toMatch(/^Verdict: stuck, [^]* \(1 check fails\)$/)
  })

  test('changes something else in every round: the rounds are used up', async () => {
    const { report } = await carryOut((told) => inTurn([rewrite(`${told.number}.js`, 'x\n')], 'Done.')(told), {
      rounds: 2,
    })
    expect(report).toMatchObject({ exitCode: 1, rounds: 2, stop: 'answered', changes: [{}, {}] })
    expect(report.answer).toBe('Verdict: not done (1 check fails)')
  })
})
