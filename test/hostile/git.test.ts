import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { localBrain } from '../doors/cli/local-brain.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'
import { commands, configurations, createBase, createHostile } from '../workspace/git/hostile-repositories.ts'
import { peakOf, saysPeak } from '../doors/cli/peak.ts'
import { attackWith, everything, processesIn, read } from './attack.ts'
import { ollama } from '../doors/cli/ollama.ts'

let base: string
beforeAll(() => {
  base = createBase()
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

const everyTool = [
  { name: 'git_status', arguments: {} },
  { name: 'git_diff', arguments: {} },
  { name: 'git_diff', arguments: { staged: true } },
  { name: 'git_diff', arguments: { staged: false } },
  { name: 'git_changed_files', arguments: {} },
  { name: 'git_log', arguments: {} },
  { name: 'git_log', arguments: { path: 'a.txt' } },
  { name: 'git_show', arguments: { revision: 'HEAD' } },
  { name: 'search_code', arguments: { pattern: 'one' } },
]

// Each guard is shown to matter by its plain twin here. A promised blob has two: GIT_NO_LAZY_FETCH and
// GIT_ALLOW_PROTOCOL, for older gits.
test.each(configurations)('no run starts what $name names', async ({ set, runsOn }) => {
  const { folder, ran } = createHostile(base, set)
  ran()
  await attackWith(everyTool, folder, ['--git-diff'])
  expect(ran()).toBe(false)
  const [command = 'status'] = runsOn
  for (const name of ['a.txt', 'b.txt', 'c.txt']) utimesSync(join(folder, name), 1, 1)
  spawnSync('git', commands[command], { cwd: folder, timeout: 15_000 })
  expect(ran()).toBe(true)
})

describe('what hangs is left', () => {
  test('a filter that never answers holds nothing up and leaves nothing behind', async () => {
    const { root, git, write } = repository({ '.gitattributes': '* filter=x\n', 'a.txt': 'one\n' })
    write('a.txt', 'two\n')
    git('config', 'filter.x.process', 'sleep 1000')
    const run = await localBrain(['--dry-run', '--git-diff'], { cwd: root })
    expect(run.stdout).toContain('two')
    expect(processesIn(root)).toEqual([])
  })

  test('a git that waits for ever ends with the time limit, and with Ctrl-C', async () => {
    const { root, git } = repository({ 'a.txt': 'one\n' })
    const outside = temporaryFolder().root
    git('config', 'include.path', join(outside, 'pipe'))
    execFileSync('mkfifo', [join(outside, 'pipe')])
    const late = await localBrain(['--git-diff', '--timeout', '1'], { cwd: root })
    expect(late).toMatchObject({ code: 4, stderr: expect.stringContaining('time limit of 1 s') as string })
    const onStart = async (kill: (signal: NodeJS.Signals) => void) => {
      while (!processesIn(root).some((line) => line.includes('git '))) await delay(20)
      kill('SIGINT')
    }
    const stopped = await localBrain(['--git-diff'], { cwd: root, onStart: (kill) => void onStart(kill) })
    expect(stopped.code).toBe(130)
    expect(processesIn(root)).toEqual([])
  })
})

describe('a repository that is not what it seems is refused before anything is read', () => {
  test.each([
    ['core.worktree is /etc', ({ git }: ReturnType<typeof repository>) => void git('config', 'core.worktree', '/etc')],
    [
      'a .git file names another repository',
      ({ root, write }: ReturnType<typeof repository>) => {
        rmSync(join(root, '.git'), { recursive: true })
        write('.git', `gitdir: ${repository({ 'private.txt': 'private' }).root}/.git\n`)
      },
    ],
  ])('%s', async (_, change) => {
    const folder = repository({ 'a.txt': 'one\n' })
    change(folder)
    const server = await ollama([])
    for (const args of [['--git-diff'], ['--base', 'main'], ['-d', '.']]) {
      expect((await localBrain(args, { cwd: folder.root, host: server.url })).code).toBe(2)
    }
    expect(server.requests).toEqual([])
    const shows = [...everyTool, { name: 'list_directory', arguments: {} }, read('a.txt'), read('private.txt')]
    const { results } = await attackWith(shows, folder.root)
    expect(
      results.filter((result) => !/^Error: .*(says that its files|borrows a repo|does not exist)/.test(result)),
    ).toEqual([])
  })

  // A person named that file, and git has no say in it.
  test('a named file is read without asking git', async () => {
    const { root, git } = repository({ 'a.txt': 'one\n' })
    git('config', 'core.worktree', '/etc')
    expect((await localBrain(['--dry-run', '-f', 'a.txt'], { cwd: root })).stdout).toContain('one')
  })

  test.each(['index', 'HEAD', 'packed-refs', 'shallow', 'info/attributes', 'objects/info/alternates'])(
    'a named pipe in place of %s',
    async (name) => {
      const { root } = repository({ 'a.txt': 'one\n' })
      rmSync(join(root, '.git', name), { force: true })
      mkdirSync(join(root, '.git/info'), { recursive: true })
      execFileSync('mkfifo', [join(root, '.git', name)])
      const { code, stderr, ms } = await localBrain(['--git-diff'], { cwd: root })
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('is not a file') as string })
      expect(ms).toBeLessThan(5000)
    },
  )

  test('a bare repository among the files, with settings of its own', async () => {
    const { root, git } = repository({ 'a.txt': 'one\n' })
    git('init', '-q', '--bare', 'inner')
    const inner = (...args: string[]) => git('--git-dir=inner', ...args)
    inner('config', 'core.bare', 'false')
    inner('config', 'core.worktree', '..')
    inner('config', 'core.fsmonitor', `: > ${root}/mark; false`)
    const run = await localBrain(['--git-diff'], { cwd: join(root, 'inner') })
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('inside of a git repository') as string })
    expect(existsSync(join(root, 'mark'))).toBe(false)
  })

  // Nothing adds safe.directory.
  test.skipIf(process.getuid?.() !== 0)('one of another user, with the way to allow it', async () => {
    const { root } = repository({ 'a.txt': 'one\n' })
    execFileSync('chown', ['-R', '4321', root])
    const run = await localBrain(['--git-diff'], { cwd: root })
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('safe.directory') as string })
    const HOME = temporaryFolder({ '.gitconfig': `[safe]\n\tdirectory = ${root}\n` }).root
    expect((await localBrain(['--git-diff'], { cwd: root, env: { HOME, GIT_CONFIG_GLOBAL: '' } })).code).toBe(0)
  })
})

const hostileRevisions = [
  '--output=pwned',
  '-Opwned',
  '--octopus',
  'HEAD..HEAD',
  ':/x',
  '--no-index',
  'HEAD --',
  'x'.repeat(10_000),
]

describe('a revision is a name and nothing else', () => {
  test('from a person', async () => {
    const { root } = repository({ 'a.txt': 'one\n' })
    for (const revision of hostileRevisions) {
      const { code } = await localBrain([`--base=${revision}`], { cwd: root })
      expect({ revision, code }).toEqual({ revision, code: 2 })
    }
    expect(readdirSync(root)).toEqual(['.git', 'a.txt'])
  })

  test('from a model', async () => {
    const { root } = repository({ 'a.txt': 'one\n' })
    // A reply has room for so much.
    const revisions = hostileRevisions.map((revision) => revision.slice(0, 600))
    const calls = revisions.flatMap((revision) => [
      { name: 'git_show', arguments: { revision } },
      { name: 'git_diff', arguments: { base: revision } },
      { name: 'git_log', arguments: { path: revision } },
    ])
    const { results } = await attackWith(calls, root)
    expect(results.filter((_, index) => index % 3 < 2).every((result) => result.startsWith('Error: '))).toBe(true)
    expect(readdirSync(root)).toEqual(['.git', 'a.txt'])
  })
})

// A pattern is matched against every commit there is. Guard: git-search.
test.each([':/start', 'HEAD^{/start}', 'main^{/st.*}', ':/!-start', 'HEAD^{/start}~0', ':0:a.txt'])(
  'a revision is no search: %s',
  async (revision) => {
    const { root, git } = repository({ 'a.txt': 'one\n' })
    if (revision.includes('start') && !revision.includes('!'))
      expect(git('rev-parse', revision)).toMatch(/^[0-9a-f]{40}/)
    const run = await localBrain([`--base=${revision}`], { cwd: root })
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('names no commit') as string })
    const { results } = await attackWith(
      [
        { name: 'git_show', arguments: { revision } },
        { name: 'git_diff', arguments: { base: revision } },
      ],
      root,
    )
    expect(results.filter((result) => !result.includes('names no commit'))).toEqual([])
  },
)

describe('git compares nothing outside of a repository', () => {
  test('no path of a model leads out of it', async () => {
    const { root } = repository({ 'a.txt': 'one\n' })
    const calls = ['/etc/passwd', '../x', ':(top)..', ':!a'].map((path) => ({ name: 'git_diff', arguments: { path } }))
    const attack = await attackWith(calls, root)
    expect(attack.results.join()).not.toContain('root:')
    expect(attack.results.slice(0, 2).every((result) => result.startsWith('Error: '))).toBe(true)
  })

  test('without a repository there is no diff', async () => {
    const { root } = temporaryFolder({ 'a.txt': 'one\n' })
    expect((await localBrain(['--git-diff'], { cwd: root })).code).toBe(2)
  })
})

test('the settings of the person change nothing in what is reviewed', async () => {
  const { root, git, write } = repository({ 'a.txt': 'one\ntwo\nthree\n', 'b c.txt': 'x\n' })
  write('a.txt', 'one\n2\nthree\n')
  git('mv', 'b c.txt', 'd e.txt')
  git('add', '-A')
  const args = ['--dry-run', '--format', 'json', '--git-diff', '-s', 'summarize']
  const plain = await localBrain(args, { cwd: root })
  const settings = `[diff]\n external = difftastic\n mnemonicPrefix = true\n noprefix = true\n renames = false
 context = 0\n algorithm = minimal\n wsErrorHighlight = all\n[color]\n ui = always\n[core]\n quotePath = false\n pager = false\n`
  const HOME = temporaryFolder({ '.gitconfig': settings }).root
  const other = await localBrain(args, { cwd: root, env: { HOME, GIT_CONFIG_GLOBAL: join(HOME, '.gitconfig') } })
  expect(plain.stdout).toContain('renamed from b c.txt')
  expect(other.stdout).toBe(plain.stdout)
  for (const line of settings.split('\n').filter((text) => text.startsWith(' '))) {
    const [key = '', value = ''] = line.trim().split(' = ')
    if (['external', 'noprefix', 'mnemonicPrefix', 'context'].includes(key)) git('config', `diff.${key}`, value)
  }
  expect((await localBrain(args, { cwd: root })).stdout).toBe(plain.stdout)
})

test('a name that looks like something else is that name in JSON, and escaped on a screen', async () => {
  const names = ['\u001b[2Jb/x\nb/y.txt', '"quoted\\303\\244.txt"', 'old name.txt']
  const { root, git, write } = repository(Object.fromEntries(names.map((name) => [name, `${name.length} one\n`])))
  for (const name of names.slice(0, 2)) write(name, 'changed\n')
  git('mv', 'old name.txt', 'new name .txt')
  write('new name .txt', '12 one\nmore\n')
  git('add', '-A')
  const plan = await localBrain(['--dry-run', '--format', 'json', '--git-diff', '-s', 'summarize'], { cwd: root })
  const { units } = JSON.parse(plan.stdout) as { units: { path: string }[] }
  expect(units.map(({ path }) => path).sort()).toEqual([...names.slice(0, 2), 'new name .txt'].sort())
  const screen = await localBrain(['--dry-run', '--git-diff', '-s', 'summarize'], { cwd: root })
  expect(screen.stdout).not.toContain('\u001b')
})

// A larger one is in test/torture.
test('of too large a change a part is read, which is told, in bounded memory', async () => {
  const { root, git, write } = repository()
  for (let file = 0; file < 10; file += 1) write(`f${file}.txt`, `line ${file}\n`.repeat(40_000))
  git('add', '-A')
  const args = ['--dry-run', '--format', 'json', '--git-diff', '-s', 'explain']
  const run = await localBrain(args, { cwd: root, env: saysPeak })
  const plan = JSON.parse(run.stdout) as { notReviewed: { reason: string; gap: boolean }[] }
  expect(plan.notReviewed.filter(({ gap }) => gap)[0]?.reason).toBe('more changes than one run reads')
  expect(peakOf(run)).toBeLessThan(300)
})

// P4. Guard: workspace/git/environment.ts, `diff.autoRefreshIndex`; every command in workspace/git/git.ts only reads.
test('a run writes nothing to the repository', async () => {
  const { root } = repository({ 'a.txt': 'one\n' })
  // git would write down that it has looked at the file again.
  utimesSync(join(root, 'a.txt'), 1, 1)
  const state = () =>
    readdirSync(root, { recursive: true }).map((name) => {
      const { mtimeMs, size } = statSync(join(root, String(name)))
      return [name, mtimeMs, size]
    })
  const before = state()
  const attack = await attackWith(everyTool, root)
  expect(state()).toEqual(before)
  expect(everything(attack)).toContain('one')
})
