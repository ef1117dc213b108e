import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { reply } from '../../src/demo/scripted-ollama.ts'
import { reportSchema } from '../../src/reporters/report.ts'
import { localBrain } from '../cli/local-brain.ts'
import { isMeasured, peakOf, saysPeak } from '../cli/peak.ts'
import { ollama } from '../hostile/attack.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'

const most = 300

/** Some ten kilobytes. */
const source = (kind: string) =>
  Array.from({ length: 300 }, (_, at) => `  list.push(${at} + '${at % 10 === 5 ? kind : 'same'}')\n`).join('')

describe.skipIf(!isMeasured)('less than 300 MB are taken by', () => {
  const roots = { tree: '', short: '', diff: '' }
  beforeAll(() => {
    roots.tree = temporaryFolder().root
    for (let at = 0; at < 20_000; at += 1) {
      const folder = join(roots.tree, `d${Math.floor(at / 100)}`)
      if (at % 100 === 0) mkdirSync(folder)
      writeFileSync(join(folder, `f${at}.js`), 'export {}\n')
    }
    roots.short = temporaryFolder({ 'a.js': 'a\n'.repeat(500_000), 'b.js': 'b\n'.repeat(500_000) }).root
    const { root, git, write } = repository()
    for (const kind of ['old', 'new']) {
      for (let at = 0; at < 1000; at += 1) write(`f${at}.js`, source(kind))
      if (kind === 'old') git('add', '-A')
      if (kind === 'old') git('commit', '-qm', 'start')
    }
    roots.diff = root
  })

  // Guards: run/jobs.ts, messages are rendered when it is their turn; sources/unit.ts, eachLine and mostText.
  test.each<[string, keyof typeof roots, string[]]>([
    ['a tree of 20,000 files', 'tree', ['-d', '.']],
    ['a tree of 20,000 files as JSON', 'tree', ['-d', '.', '--format', 'json']],
    ['a million lines', 'short', ['-d', '.']],
    ['a diff of 10 MB', 'diff', ['--git-diff']],
    ['a diff of 10 MB as JSON', 'diff', ['--git-diff', '--format', 'json']],
  ])('a dry run of %s', async (_, place, args) => {
    const run = await localBrain(['--dry-run', ...args], { cwd: roots[place], env: saysPeak })
    expect(run.code).toBe(0)
    expect(peakOf(run)).toBeLessThan(most)
  })

  test.each<[string, keyof typeof roots, string[], number]>([
    ['a tree of 20,000 files', 'tree', ['-d', '.'], 20_000],
    ['a diff of 10 MB', 'diff', ['--git-diff'], 1000],
  ])('a run over %s, which names every file', async (_, place, args, files) => {
    const server = await ollama(() => reply.json({ findings: [] }))
    const run = await localBrain(['--format', 'json', '--timeout', '30', ...args], {
      cwd: roots[place],
      host: server.url,
      env: saysPeak,
    })
    const { reviewed, notReviewed } = reportSchema.parse(JSON.parse(run.stdout))
    expect(new Set([...reviewed, ...notReviewed].map(({ path }) => path)).size).toBe(files)
    expect(peakOf(run)).toBeLessThan(most)
  })
})
