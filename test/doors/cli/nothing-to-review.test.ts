import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

describe('a review of nothing says which nothing it is', () => {
  test('nothing changed', async () => {
    const { root } = repository({ 'a.js': 'a()\n' })
    const run = await localBrain(['--git-diff', '--fail-on', 'low'], { cwd: root })
    expect(run).toMatchObject({ code: 0, stdout: 'No changes to review\n' })
  })

  test.each(['markdown', 'compact', 'json'])(
    'all was left out by rule: named with the reason in %s',
    async (format) => {
      const folder = repository({ 'src/tidy.ts': 'a( 1 )\n' })
      folder.write('src/tidy.ts', 'a(1)\n')
      const run = await localBrain(['--git-diff', '--fail-on', 'low', '--format', format], { cwd: folder.root })
      expect(run.code).toBe(0)
      expect(run.stdout).toMatch(/src\/tidy\.ts.*only white space changed/s)
    },
  )

  test('nothing could be read: a conflict that is not resolved', async () => {
    const folder = repository({ 'a.js': 'one()\n' })
    folder.git('checkout', '-q', '-b', 'side')
    folder.write('a.js', 'side()\n')
    folder.git('commit', '-q', '-a', '-m', 'side')
    folder.git('checkout', '-q', 'main')
    folder.write('a.js', 'main()\n')
    folder.git('commit', '-q', '-a', '-m', 'main')
    expect(() => folder.git('merge', '-q', 'side')).toThrow(/./)
    for (const args of [['--git-diff', '--fail-on', 'low'], ['--git-diff']]) {
      const run = await localBrain(args, { cwd: folder.root })
      expect(run.code).toBe(4)
      expect(run.stderr).toMatch(
        /^error: .*a\.js \(merge conflict.*\nhint: resolve the conflict, then: git add a\.js\n/m,
      )
    }
  })

  test('nothing could be read: a partial clone whose origin is gone', async () => {
    const origin = repository({ 'a.js': 'one()\n', 'b.js': 'b()\n' })
    for (const text of ['two()\n', 'three()\n']) {
      origin.write('a.js', text)
      origin.git('commit', '-q', '-a', '-m', text)
    }
    origin.git('config', 'uploadpack.allowFilter', 'true')
    const clone = join(temporaryFolder().root, 'clone')
    execFileSync('git', ['clone', '-q', '--filter=blob:none', '--no-local', `file://${origin.root}`, clone], {
      stdio: 'pipe',
    })
    rmSync(origin.root, { recursive: true })
    const run = await localBrain(['--base', 'HEAD~1', '--fail-on', 'high', '--format', 'json'], { cwd: clone })
    expect(run.code).toBe(4)
    expect(reportOf(run)).toMatchObject({ notReviewed: [{ path: 'a.js', gap: true }], exitCode: 4 })
    expect(reportOf(run).error?.hint).not.toMatch(/--timeout|time/)
  })
})

describe('what a diff does not hold is said', () => {
  const state = () => {
    const folder = repository({ 'a.js': 'a()\n', 'b.js': 'b()\n', '.gitignore': 'out\n' })
    folder.write('out', 'ignored\n')
    return folder
  }

  test('files that git does not know, beside no change', async () => {
    const folder = state()
    folder.write('fresh.js', 'fresh()\n')
    const run = await localBrain(['--git-diff'], { cwd: folder.root })
    expect(run).toMatchObject({ code: 0, stdout: 'No changes to review; not looked at: fresh.js (untracked)\n' })
    const json = reportOf(await localBrain(['--git-diff', '--format', 'json'], { cwd: folder.root }))
    expect(json.notReviewed).toEqual([{ path: 'fresh.js', reason: 'untracked', gap: false }])
  })

  test('changes that are not staged, beside those that are', async () => {
    const folder = state()
    folder.write('a.js', 'aa()\n')
    folder.git('add', 'a.js')
    folder.write('b.js', 'bb()\n')
    folder.write('new/c.js', 'c()\n')
    for (const format of ['markdown', 'compact']) {
      const server = await ollama([reply.json({ analysis: '', findings: [] })])
      const args = ['--git-diff', '--fail-on', 'low', '--format', format]
      const run = await localBrain(args, { cwd: folder.root, host: server.url })
      expect(run.code).toBe(0)
      expect(run.stdout).toMatch(/b\.js \(not staged\)[^]*new\/ \(untracked\)/)
      expect(run.stdout).toMatch(format === 'markdown' ? /Only the staged changes were looked at/ : /scope=staged/)
      expect(run.stdout).not.toContain('out (')
    }
    folder.git('add', '-A')
    const server = await ollama(() => reply.json({ analysis: '', findings: [] }))
    const run = await localBrain(['--git-diff'], { cwd: folder.root, host: server.url })
    expect(run.stdout).toContain('Not reviewed: nothing')
    expect(run.stdout).not.toContain('not staged')
  })

  test('what is not committed, beside a base', async () => {
    const folder = state()
    folder.write('a.js', 'aa()\n')
    folder.git('add', 'a.js')
    const run = await localBrain(['--git-diff', '--base', 'main'], { cwd: folder.root })
    expect(run).toMatchObject({
      code: 0,
      stdout: 'No changes since main; not looked at: a.js (uncommitted changes)\n',
    })
  })
})
