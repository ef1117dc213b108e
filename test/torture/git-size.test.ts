import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { localBrain } from '../doors/cli/local-brain.ts'
import { repository } from '../workspace-fixture.ts'
import { attackWith } from '../hostile/attack.ts'

const enough = /git diff(: it needs more memory than it may take| took longer than)/
const base = ['--base', 'base', '--dry-run', '-s', 'summarize']

/** Ten trees of ten trees, and so on ten times, are a handful of objects: 10,000,000,000 files. */
function treeBomb() {
  const folder = repository({ 'a.txt': 'one\n' })
  const { root, git } = folder
  git('branch', 'base')
  const make = (entries: string) =>
    execFileSync('git', ['mktree'], { cwd: root, input: entries, encoding: 'utf8' }).trim()
  const ten = (entry: (index: number) => string) =>
    make(Array.from({ length: 10 }, (_, index) => entry(index)).join(''))
  const blob = git('rev-parse', 'HEAD:a.txt').trim()
  let tree = ten((index) => `100644 blob ${blob}\tf${index}\n`)
  for (let level = 1; level < 10; level += 1) {
    const below = tree
    tree = ten((index) => `040000 tree ${below}\td${index}\n`)
  }
  tree = make(`100644 blob ${blob}\ta.txt\n040000 tree ${tree}\tbomb\n`)
  git('update-ref', 'HEAD', git('commit-tree', '-p', 'HEAD', '-m', 'bomb', tree).trim())
  return folder
}

test.skipIf(process.platform !== 'linux')(
  'a change of 10,000,000,000 files ends by the memory or the time that git may take',
  { timeout: 120_000 },
  async () => {
    const { root } = treeBomb()
    const run = await localBrain([...base, '--fail-on', 'low', '-s', 'code-review'], { cwd: root })
    expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(enough) as string })
  },
)

// Guard: git-exact-renames.
test.skipIf(process.platform !== 'linux')(
  'files of half a gigabyte that may be renamed ones do not hide the change beside them',
  { timeout: 120_000 },
  async () => {
    const { root, git, write } = repository({ 'a.txt': 'one\n' })
    git('config', 'core.compression', '1')
    git('config', 'core.bigFileThreshold', '1m')
    const size = 540 * 1024 * 1024
    write('old.bin', Buffer.alloc(size))
    git('add', '-A')
    git('commit', '-q', '-m', 'data')
    git('branch', 'base')
    git('mv', 'old.bin', 'new.bin')
    write('new.bin', Buffer.alloc(size + 1))
    write('a.txt', 'two\n')
    git('add', '-A')
    git('commit', '-q', '-m', 'change')
    const { stdout } = await localBrain(base, { cwd: root })
    expect(stdout).toMatch(/^\+ *1 \| two$/m)
    expect(stdout).toContain('not reviewed: new.bin (binary)')
    const { results } = await attackWith([{ name: 'git_show', arguments: { revision: 'HEAD' } }], root)
    expect(results[0]).toContain('+two')
    expect(results[0]).toContain('added new.bin binary')
  },
)
