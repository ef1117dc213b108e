import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

const names = Array.from({ length: 14 }, (_, at) => `a${at + 10}.js`)

/** Fourteen files with a finding each. */
async function review(...args: string[]) {
  const { root } = temporaryFolder(
    Object.fromEntries(names.map((name) => [name, `const value = compute("${name}")\n`])),
  )
  const server = await ollama(({ messages }) => {
    const quote = /const value = .*/.exec(messages.at(-1)?.content ?? '')?.[0]
    const claim = { quote, defect: 'race', title: 't', message: 'm', trigger: 'x', severity: 'medium' }
    return reply.json({ analysis: '', findings: [claim] })
  })
  const all = ['-s', 'code-review', '-d', '.', '--no-verify-findings', ...args]
  return localBrain(all, { cwd: root, host: server.url })
}

describe('of more findings than anybody reads', () => {
  test('ten are reported, and JSON counts the rest', async () => {
    const { findings, dropped } = reportOf(await review('--format', 'json'))
    expect(findings).toHaveLength(10)
    expect(dropped.capped).toBe(4)
    expect(findings?.[0]).toHaveProperty('suggestion', null)
  })

  test.each([
    ['markdown', /More findings, not shown: 4/],
    ['compact', /10 findings, 4 more not shown/],
    ['github', /More findings, not shown: 4/],
    ['sarif', /More findings, not shown: 4/],
    ['rdjson', /More findings, not shown: 4/],
  ])('%s says how many more there are', async (format, words) => {
    const run = await review('--format', format)
    expect(run.stdout).toMatch(words)
    expect(names.filter((name) => run.stdout.includes(name))).toHaveLength(10)
  })

  test.each([
    ['100', 14],
    ['0', 14],
    ['3', 3],
    ['14', 14],
  ])('--max-findings %s reports %d', async (most, count) => {
    const { findings, dropped } = reportOf(await review('--format', 'json', '--max-findings', most))
    expect(findings).toHaveLength(count)
    expect(dropped.capped).toBe(14 - count)
  })

  test('all are in every format when all are asked for', async () => {
    for (const format of ['markdown', 'compact', 'github', 'sarif', 'rdjson']) {
      const { stdout } = await review('--format', format, '--max-findings', '0')
      expect(names.filter((name) => stdout.includes(name))).toEqual(names)
      expect(stdout).not.toMatch(/not shown/i)
    }
  })

  test.each(['-1', 'many', '1.5', ''])('--max-findings %j is refused', async (most) => {
    expect((await review('--max-findings', most)).code).toBe(2)
  })
})
