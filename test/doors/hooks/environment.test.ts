import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { localBrain } from '../cli/local-brain.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { fingerprint, git as gitAsync, hooked, run } from './hook-run.ts'
import { git as gitNow, gitEnvironment } from '../../workspace.ts'

const twice = 'export const twice = (n: number) => n * 3 // BUG\n'
const seen = /1 finding.*\n+src\/a\.ts\n +\w+ 1: /

async function staged(options: Parameters<typeof hooked>[0] = {}) {
  const folder = await hooked(options)
  folder.write('src/a.ts', twice)
  folder.git('add', '-A')
  return { ...folder, hook: join(folder.root, '.git/hooks/pre-commit') }
}

// Scenario 23.
test('two commits at once, each with its own review', async () => {
  const main = await staged()
  const place = join(temporaryFolder().root, 'linked')
  main.git('worktree', 'add', '-q', place, '-b', 'side')
  writeFileSync(join(place, 'b.ts'), twice)
  gitNow(place, 'add', '-A')
  const [one, two] = await Promise.all([
    main.commit(['-m', 'one']),
    gitAsync(place, ['commit', '-q', '-m', 'two'], main.env),
  ])
  expect(one.stderr).toMatch(/1 finding.*\n+src\/a\.ts\n +\w+ 1: /)
  expect(two.stderr).toMatch(/1 finding.*\n+b\.ts\n +\w+ 1: /)
  expect([one.code, two.code]).toEqual([0, 0])
})

// Scenario 23.
test('called several times at once with file names, as by pre-commit, each looks at all that is staged', async () => {
  const { root, env } = await staged()
  const call = (...names: string[]) => localBrain(['hook', 'run', 'pre-commit', ...names], { cwd: root, env })
  const calls = await Promise.all([call('src/other.ts', 'readme.md'), call('src/a.ts'), call('--', '--strict', '-x')])
  for (const { code, stderr } of calls) {
    expect(stderr).toMatch(seen)
    expect(code).toBe(0)
  }
})

// Scenario 23.
test('without a terminal, and without standard input at all, the text is plain', async () => {
  const { root, env } = await staged()
  const colours = { FORCE_COLOR: '1', TERM: 'xterm-256color' }
  const call = { cwd: root, env: { ...env, ...colours }, detached: true }
  const done = await run('sh', ['-c', 'exec git commit -q -m one <&-'], call)
  expect(done.stderr).toMatch(seen)
  expect(done.stderr).not.toContain('\u001b')
  expect(done.code).toBe(0)
})

// Scenario 23.
test('with an empty environment, as a program without a shell may give it', async () => {
  const { root, env, git } = await staged()
  git('config', 'user.name', 'A')
  git('config', 'user.email', 'a@example.com')
  const where = spawnSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).stdout.trim()
  const home = temporaryFolder().root
  // Only where the model is and where a test may write; no PATH and no HOME.
  const kept = [`OLLAMA_HOST=${env['OLLAMA_HOST']}`, `XDG_STATE_HOME=${home}/state`, `XDG_CACHE_HOME=${home}/cache`]
  const done = await run('env', ['-i', ...kept, where, 'commit', '-q', '-m', 'one'], { cwd: root })
  expect(done.stderr).toMatch(seen)
  expect(done.code).toBe(0)
})

/** Words that start a program for which a folder cannot be written, also by root. */
function sealed(folder: string): string[] {
  const script = `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && ! touch "$0/x" 2>&- && exec "$@"`
  const unshare = ['unshare', '-Urm', 'sh', '-c', script, folder]
  if (spawnSync('unshare', [...unshare.slice(1), 'true']).status === 0) return unshare
  chmodSync(folder, 0o555)
  onTestFinished(() => chmodSync(folder, 0o755))
  return ['env']
}
const canSeal = process.getuid?.() !== 0 || spawnSync('unshare', ['-Urm', 'true']).status === 0

// Scenario 23.
test.skipIf(!canSeal)(
  `a .git that cannot be written is reviewed like any${canSeal ? '' : ' (skipped: root without namespaces)'}`,
  async () => {
    const folder = await staged({ options: ['--fail-on', 'high'] })
    const { root, env, git, hook } = folder
    git('status')
    const before = fingerprint(folder)
    const [program = '', ...words] = sealed(join(root, '.git'))
    const done = await run(program, [...words, hook], { cwd: root, env: { ...env, GIT_INDEX_FILE: '.git/index' } })
    expect(done.stderr).toMatch(seen)
    expect(done.code).toBe(1)
    expect(fingerprint(folder)).toBe(before)
  },
)

// Scenario 23.
test('Ctrl-C in the middle of a review ends the commit and the generation, and leaves nothing behind', async () => {
  const waiting = hold()
  const { root, env, git, server } = await staged({ script: () => reply.text('{"analysis":"', waiting) })
  // The terminal sends it to git and to the hook alike: to the group.
  const call = { cwd: root, env: { ...gitEnvironment, ...env }, detached: true, stdio: 'ignore' } as const
  const child = spawn('git', ['commit', '-q', '-m', 'one'], call)
  const asked = setInterval(() => {
    if (server.requests.length === 0) return
    clearInterval(asked)
    process.kill(-(child.pid ?? 0), 'SIGINT')
  }, 20)
  await new Promise((resolve) => child.on('close', resolve))
  expect(git('log', '--format=%s')).toBe('start\n')
  expect(git('status', '--porcelain')).toBe('A  src/a.ts\n')
  expect(existsSync(join(root, '.git/index.lock'))).toBe(false)
  await expect.poll(() => server.cancellations).toBe(1)
})
