import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LocalBrainError } from '../../../src/errors.ts'
import { hasSandbox } from '../../workspace/sandbox/found.ts'
import { type Move, type Told, carryOut, edit, inTurn, shop } from './project.ts'

/** Works in its turns, and says of each criterion that this line shows it. */
const judging = (work: (told: Told) => Move, quotes: (statement: string) => string | undefined) => (told: Told) => {
  if (told.request.format === undefined) return work(told)
  const quote = quotes(/Statement: (.*)$/s.exec(told.text)?.[1] ?? '')
  return JSON.stringify({ quote: quote ?? '', shown: quote !== undefined })
}

describe.skipIf(!hasSandbox)('what a task is worth', () => {
  const good = inTurn([edit('cart.js', 'sum - price', 'sum + price')], 'Done.')

  test('a quote that the patch does not add shows nothing', async () => {
    const quotes: Record<string, string> = {
      there: 'exports.total = (prices) => prices.reduce((sum, price) => sum + price, 0)',
      part: 'reduce((sum, price) => sum + price',
      short: 'sum',
      gone: 'exports.total = (prices) => prices.reduce((sum, price) => sum - price, 0)',
      invented: 'exports.total = add',
    }
    const list = Object.keys(quotes).map((name) => `- [ ] ${name}`)
    const { report } = await carryOut(
      judging(good, (statement) => quotes[statement]),
      {
        spec: { text: `# Fix\n\n## Acceptance criteria\n\n${list.join('\n')}\n` },
        checks: ['bash test.sh'],
      },
    )
    expect(report.criteria?.map(({ text, state }) => `${text} ${state}`)).toEqual([
      'there judged',
      'part judged',
      'short open',
      'gone open',
      'invented open',
    ])
    expect(report.exitCode).toBe(1)
  })

  test('what a person ticked before is not asked about, and a check decides all the same', async () => {
    const list = ['- [x] Tried by hand', '- [x] `bash test.sh` passes', '- [X] `false && true` passes']
    const spec = { text: `# Fix\n\n## Done when\n\n${list.join('\n')}\n` }
    const { report, requests } = await carryOut(good, { spec, rounds: 1 })
    expect(report.criteria?.map(({ state }) => state)).toEqual(['held', 'met', 'failed'])
    expect(report.answer).toContain('- held: Tried by hand (ticked in the spec)')
    expect(requests.filter(({ format }) => format !== undefined)).toEqual([])
    expect(report.exitCode).toBe(1)
  })

  test('a check that held before proves nothing, and the verdict says so', async () => {
    const { report } = await carryOut(good, { spec: { text: '# Fix\n\n## Done when\n- [ ] `true && true` passes\n' } })
    expect(report).toMatchObject({ exitCode: 0, criteria: [{ state: 'held' }] })
    expect(report.answer).toMatch(
      /^Verdict: nothing broke \(1 check held before and holds now, which proves nothing about this task; 1 of 1 criterion\)/,
    )
  })

  test('without a check nothing is verified, unless that is wanted', async () => {
    const bare = { spec: { text: 'Fix it.' }, files: { 'cart.js': shop['cart.js'] } }
    const { report } = await carryOut(good, bare)
    expect(report).toMatchObject({ exitCode: 4, verified: false, rounds: 1, checks: [], error: { code: 'incomplete' } })
    expect(report.answer).toBe('Verdict: not verified, since no check was run')
    const wanted = await carryOut(good, { ...bare, noChecks: true })
    expect(wanted.report).toMatchObject({ exitCode: 0, verified: false, answer: 'Verdict: done' })
  })

  test('the checks of a spec need consent to run programs; those of --check do not', async () => {
    const { report } = await carryOut(good, { allow: 'write' })
    expect(report).toMatchObject({ exitCode: 4, verified: false, checks: [{ before: 'not_run', after: 'not_run' }] })
    const both = await carryOut(good, { allow: 'write', checks: ['true'] })
    expect(both.report.checks).toMatchObject([
      { command: 'bash test.sh', before: 'not_run', after: 'not_run' },
      { after: 'ok' },
    ])
    const given = await carryOut(good, { allow: 'write', checks: ['bash test.sh'] })
    expect(given.report).toMatchObject({ exitCode: 0, checks: [{ before: 'failed', after: 'ok' }] })
  })

  test('the boxes of what is met are ticked in the patch, and the status is set', async () => {
    const spec = '---\nstatus: pending\n---\n# Fix\n\n## Done when\n\n- [ ] `bash test.sh` passes\n'
    const { report, root } = await carryOut(good, { files: { ...shop, 'fix.md': spec }, updateSpec: true })
    expect(report).toMatchObject({
      exitCode: 0,
      changes: [{ path: 'cart.js' }, { path: 'fix.md', outsideTargets: false }],
    })
    expect(report.patch).toMatch(/\+status: completed\n[^]*\+- \[x\] `bash test\.sh` passes/)
    expect(readFileSync(join(root, 'fix.md'), 'utf8')).toBe(spec)
  })

  test('what the checks said of the files is known where a later round takes its changes back', async () => {
    const [there, back] = [edit('cart.js', 'sum - price', 'sum * price'), edit('cart.js', 'sum * price', 'sum - price')]
    const moves: Move[] = [[there], 'Done.', [back], 'Done.']
    const { report } = await carryOut(() => moves.shift() ?? '')
    expect(report).toMatchObject({ rounds: 2, stop: 'stuck', changes: [], checks: [{ after: 'failed', exitCode: 1 }] })
    expect(report.answer).toMatch(/^Verdict: stuck, .* \(1 check fails\)/)
  })

  test('a spec that cannot be written stays as it is, and what was done is kept', async () => {
    const spec = '# Fix\n\n## Done when\n\n- [ ] `bash test.sh` passes\n'
    const ignored = { ...shop, 'fix.md': spec, '.gitignore': 'fix.md\n' }
    const { report } = await carryOut(good, { files: ignored, updateSpec: true })
    expect(report).toMatchObject({ exitCode: 0, changes: [{ path: 'cart.js' }], proposal: { applied: false } })
    expect(report.warnings).toContain('the spec was not updated: git ignores it, or it is never written')
  })

  test('what a command changes outside of the scope is taken back and named', async () => {
    const spec = '---\nscope: [cart.js]\nchecks: [bash test.sh]\n---\nFix it.'
    const sly = [{ name: 'run_command', arguments: { command: 'echo x > sly.txt' } }]
    const moves = inTurn(
      [{ name: 'write_file', arguments: { path: 'other.js', content: 'x' } }],
      sly,
      [edit('cart.js', 'sum - price', 'sum + price')],
      'Done.',
    )
    const { report } = await carryOut(moves, { spec: { text: spec } })
    expect(report).toMatchObject({ exitCode: 0, changes: [{ path: 'cart.js' }] })
    expect(report.changes).toHaveLength(1)
    expect(report.warnings).toContain('sly.txt was not taken over: it is outside of the scope')
  })

  test('what is never proposed helps no check', async () => {
    const link = [{ name: 'run_command', arguments: { command: 'ln -s cart.js made' } }]
    const { report } = await carryOut(inTurn(link, 'Done.'), { spec: { text: 'Make it.' }, checks: ['test -e made'] })
    expect(report).toMatchObject({ exitCode: 4, checks: [{ after: 'failed' }], changes: [] })
    expect(report.warnings).toContain('made was not taken over: a symbolic link')
  })

  test('a secret in what a check prints is in no report', async () => {
    const { report } = await carryOut(good, { checks: ['echo ghp_0123456789abcdefghijABCDEFGHIJ012345; bash test.sh'] })
    expect(report.exitCode).toBe(0)
    expect(JSON.stringify(report)).not.toContain('ghp_0123456789abcdefghijABCDEFGHIJ012345')
  })
})

const gone = new LocalBrainError('unreachable', 'It is gone')

describe.skipIf(!hasSandbox)('what is changed by then is kept', () => {
  const half = edit('cart.js', 'sum - price', 'sum * price')

  test('when the server dies in the second round', async () => {
    const { report } = await carryOut((told) => {
      if (told.text.includes('What was changed so far')) throw gone
      return inTurn([half], 'Done.')(told)
    })
    expect(report).toMatchObject({
      exitCode: 3,
      rounds: 2,
      error: { code: 'unreachable' },
      changes: [{ path: 'cart.js' }],
    })
    expect(report.answer).toMatch(/^Verdict: stopped: It is gone/)
    expect(report.proposal).not.toBeNull()
  })

  test('when the window is full', async () => {
    const full = {
      message: { role: 'assistant' as const, content: 'I', toolCalls: [] },
      outcome: 'context-full' as const,
    }
    const { report } = await carryOut(inTurn([half], full))
    expect(report).toMatchObject({ exitCode: 4, stop: 'stuck', rounds: 2, changes: [{ path: 'cart.js' }] })
  })

  test('when the time is up during a check', async () => {
    const { report } = await carryOut(inTurn([half], 'Done.'), {
      checks: ['grep -q "sum - price" cart.js || sleep 60'],
      limits: { timeout: 5 },
    })
    expect(report).toMatchObject({
      exitCode: 4,
      stop: 'time_limit',
      changes: [{ path: 'cart.js' }],
      error: { code: 'timeout' },
    })
    expect(report.checks).toMatchObject([{ after: 'failed' }, { before: 'ok', after: 'not_run' }])
  })
})
