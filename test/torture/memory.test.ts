import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { reportSchema } from '../../src/report/report.ts'
import { localBrain } from '../doors/cli/local-brain.ts'
import { isMeasured, peakOf, saysPeak } from '../doors/cli/peak.ts'
import { ollama } from '../doors/cli/ollama.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'

function treeOf(files: number): string {
  const { root } = temporaryFolder()
  for (let at = 0; at < files; at += 1) {
    const folder = join(root, `d${Math.floor(at / 100)}`)
    if (at % 100 === 0) mkdirSync(folder)
    writeFileSync(join(folder, `f${at}.js`), 'export {}\n')
  }
  return root
}

/** A thousand files of ten kilobytes with every tenth line changed. */
function changedRepository(): string {
  const { root, git, write } = repository()
  const line = (at: number, kind: string) => `  list.push(${at} + '${at % 10 === 5 ? kind : 'same'}')\n`
  for (const kind of ['old', 'new']) {
    const text = Array.from({ length: 400 }, (_, at) => line(at, kind)).join('')
    for (let at = 0; at < 1000; at += 1) write(`f${at}.js`, text)
    if (kind === 'new') break
    git('add', '-A')
    git('commit', '-qm', 'start')
  }
  return root
}

async function dryRun(cwd: string, args: string[]): Promise<void> {
  for (const format of ['markdown', 'json']) {
    const run = await localBrain(['--dry-run', '--format', format, ...args], { cwd, env: saysPeak })
    expect(run.code).toBe(0)
    expect(peakOf(run)).toBeLessThan(300)
  }
}

/** A run of ten seconds: each of so many files is named, once reviewed or not. */
async function realRun(cwd: string, args: string[], files: number): Promise<void> {
  const server = await ollama(() => reply.json({ findings: [] }))
  const asked = ['--format', 'json', '--timeout', '10', ...args]
  const run = await localBrain(asked, { cwd, host: server.url, env: saysPeak })
  expect(peakOf(run)).toBeLessThan(300)
  const { reviewed, notReviewed } = reportSchema.parse(JSON.parse(run.stdout))
  expect(new Set([...reviewed, ...notReviewed].map(({ path }) => path)).size).toBe(files)
}

// Guards: app/jobs.ts, messages are rendered when it is their turn; input/unit.ts, eachLine and maxText.
describe.skipIf(!isMeasured)('less than 300 MB are taken by', () => {
  test('a tree of 20,000 files', async () => {
    const root = treeOf(20_000)
    await dryRun(root, ['-d', '.'])
    await realRun(root, ['-d', '.'], 20_000)
  })

  test('a million lines', async () => {
    const { root } = temporaryFolder({ 'a.js': 'a\n'.repeat(500_000), 'b.js': 'b\n'.repeat(500_000) })
    await dryRun(root, ['-d', '.'])
  })

  test('a diff of 10 MB', async () => {
    const root = changedRepository()
    await dryRun(root, ['--git-diff'])
    await realRun(root, ['--git-diff'], 1000)
  })
})
