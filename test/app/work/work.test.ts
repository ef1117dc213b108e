import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hasSandbox } from '../../workspace/sandbox/found.ts'
import { carryOut, edit, inTurn, shop } from './project.ts'

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
