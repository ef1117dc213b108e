import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { localBrain } from '../cli/local-brain.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { fingerprint, git as gitAsync, hooked, lastReport, reviewer, run } from './hook-run.ts'
import { git as gitNow } from '../../workspace.ts'

const twice = 'export const twice = (n: number) => n * 3 // BUG\n'

test('a finding is advice: it is shown and the commit goes through', async () => {
  const { write, git, commit, server } = await hooked()
  write('src/a.ts', twice)
  git('add', '-A')
  const done = await commit(['-m', 'add twice'])
  expect(done.stderr).toMatch(/src\/a\.ts\n +\w+ 1: .*The result is wrong/)
  expect(done).toMatchObject({ code: 0, stdout: '' })
  expect(server.violations).toEqual([])
  expect(git('log', '--format=%s').split('\n')[0]).toBe('add twice')
})

test('with --fail-on a finding that holds up at a second look blocks, once', async () => {
  const { write, git, commit, server } = await hooked({ options: ['--fail-on', 'high'] })
  write('src/a.ts', twice)
  git('add', '-A')
  const first = await commit(['-m', 'add twice'])
  expect(first.code).toBe(1)
  expect(first.stderr).toMatch(/commit blocked: 1 finding at or above high/)
  expect(first.stderr).toMatch(/LOCAL_BRAIN_SKIP=1 git commit .*--no-verify.*SKIP=local-brain/)
  const asked = server.requests.length
  const second = await commit(['-m', 'add twice'])
  expect(second.stderr).toMatch(/these changes were blocked before; this commit passes/)
  expect(second.code).toBe(0)
  expect(server.requests.length).toBe(asked)
})

test('other changes than the ones that were blocked are blocked again', async () => {
  const { write, git, commit } = await hooked({ options: ['--fail-on', 'high'] })
  write('src/a.ts', twice)
  git('add', '-A')
  expect((await commit(['-m', 'add'])).code).toBe(1)
  write('src/a.ts', `${twice}export const two = 3 // BUG\n`)
  git('add', '-A')
  expect((await commit(['-m', 'add'])).code).toBe(1)
})

test('LOCAL_BRAIN_SKIP=1, a CI variable and --no-verify ask nothing and say nothing', async () => {
  const { write, git, commit, server } = await hooked({ options: ['--fail-on', 'high', '--strict'] })
  const skips: (Record<string, string> | 'no-verify')[] = [{ LOCAL_BRAIN_SKIP: '1' }, { CI: 'true' }, 'no-verify']
  for (const [index, skip] of skips.entries()) {
    write(`src/${index}.ts`, twice)
    git('add', '-A')
    const done = skip === 'no-verify' ? await commit(['-n', '-m', 'x']) : await commit(['-m', 'x'], skip)
    expect(done).toMatchObject({ code: 0, stderr: '' })
  }
  expect(server.log).toEqual([])
})

// Scenario 1.
test('before the first commit, and with nothing staged', async () => {
  const { root, server, env } = await hooked()
  const fresh = temporaryFolder({ 'src/a.ts': twice })
  fresh.git('init', '-q', '-b', 'main')
  await localBrain(['hook', 'install', 'pre-commit'], { cwd: fresh.root, env })
  fresh.git('add', '-A')
  const first = await gitAsync(fresh.root, ['commit', '-q', '-m', 'first'], env)
  expect(first.stderr).toMatch(/src\/a\.ts\n +\w+ 1: /)
  const asked = server.log.length
  for (const cwd of [fresh.root, root]) {
    expect(await gitAsync(cwd, ['commit', '--allow-empty', '-q', '-m', 'empty'], env)).toMatchObject({
      code: 0,
      stderr: '',
    })
  }
  expect(server.log.length).toBe(asked)
})

// Scenario 2.
test('a defect that is only in the working tree is not reviewed', async () => {
  const { write, git, commit, shown } = await hooked({ files: { 'src/a.ts': 'export const one = 1\n' } })
  write('src/a.ts', 'export const one = 1\nexport const two = 2\n')
  git('add', '-A')
  write('src/a.ts', `export const one = 1\nexport const two = 2\n${twice}`)
  const done = await commit(['-m', 'add two'])
  expect(done.stderr).toMatch(/No findings/)
  expect(shown()).toContain('export const two = 2')
  expect(shown()).not.toContain('BUG')
})

// Scenario 2.
test('a defect that is staged is found on its line in the index, and the tools read the index too', async () => {
  const { write, git, commit, server } = await hooked({
    options: ['--fail-on', 'high'],
    files: { 'src/a.ts': 'export const one = 1\n', 'src/b.ts': 'export const b = "staged"\n' },
    script: (request) => {
      const isLook = request.format === undefined && !request.messages.some(({ role }) => role === 'tool')
      return isLook ? reply.calls({ name: 'read_file', arguments: { path: 'src/b.ts' } }) : reviewer(request)
    },
  })
  write('src/a.ts', `export const one = 1\n${twice}`)
  git('add', '-A')
  write('src/a.ts', 'export const zero = 0\nexport const one = 1\n')
  write('src/b.ts', 'export const b = "not staged"\n')
  const done = await commit(['-m', 'add twice'])
  expect(done.stderr).toMatch(/src\/a\.ts\n +\w+ 2: /)
  const results = server.requests.flatMap(({ messages }) => messages.filter(({ role }) => role === 'tool'))
  expect(results[0]?.content).toContain('"staged"')
})

// Scenario 3.
test('commit -a reviews what -a adds to the index', async () => {
  const { write, commit } = await hooked({ files: { 'src/a.ts': 'export const one = 1\n' } })
  write('src/a.ts', `export const one = 1\n${twice}`)
  expect((await commit(['-am', 'add twice'])).stderr).toMatch(/src\/a\.ts\n +\w+ 2: /)
})

// Scenario 3.
test('a commit of named paths is reviewed without what else is staged', async () => {
  const { write, git, commit, shown } = await hooked({
    files: { 'src/one.ts': 'export const one = 1\n', 'src/two.ts': 'export const two = 2\n' },
  })
  write('src/one.ts', `export const one = 1\n${twice}`)
  write('src/two.ts', 'export const two = 3 // BUG that waits\n')
  git('add', '-A')
  const done = await commit(['-m', 'only one', 'src/one.ts'])
  expect(done.stderr).toMatch(/1 finding.*\n+src\/one\.ts\n +\w+ 2: /)
  expect(shown()).not.toContain('BUG that waits')
})

// Scenario 4.
test('from a sub-folder of a linked work tree', async () => {
  const main = await hooked({ files: { 'src/deep/a.ts': 'export const one = 1\n' } })
  const place = join(temporaryFolder().root, 'linked tree ü')
  main.git('worktree', 'add', '-q', place, '-b', 'side')
  writeFileSync(join(place, 'src/deep/a.ts'), `export const one = 1\n${twice}`)
  const done = await gitAsync(join(place, 'src/deep'), ['commit', '-q', '-am', 'add twice'], main.env)
  expect(done.stderr).toMatch(/1 finding.*\n+src\/deep\/a\.ts\n +\w+ 2: /)
  expect(main.shown()).not.toContain('readme.md')
})

// Scenario 5.
test('a repository apart from its files, named by relative values', async () => {
  const { env, shown } = await hooked()
  const home = temporaryFolder({ 'bin/a.ts': 'export const one = 1\n', 'other.ts': twice }).root
  const dotfiles = ['--git-dir=.dots', '--work-tree=.']
  gitNow(home, 'init', '-q', '--bare', '.dots')
  gitNow(home, ...dotfiles, 'add', 'bin/a.ts')
  gitNow(home, ...dotfiles, 'commit', '-q', '-m', 'first')
  const program = join(import.meta.dirname, '..', '..', '..', 'dist', 'bin', 'local-brain.js')
  const hook = `#!/bin/sh\nexec '${process.execPath}' '${program}' hook run pre-commit\n`
  writeFileSync(join(home, '.dots/hooks/pre-commit'), hook, { mode: 0o755 })
  writeFileSync(join(home, 'bin/a.ts'), `export const one = 1\n${twice}`)
  const done = await gitAsync(home, [...dotfiles, 'commit', '-q', '-am', 'add twice'], env)
  expect(done.stderr).toMatch(/bin\/a\.ts\n +\w+ 2: /)
  expect(shown()).not.toContain('other.ts')
})

// Scenario 6.
test('of a merge only what was resolved by hand is reviewed', async () => {
  const { write, git, commit, shown, root, env } = await hooked({
    files: { 'src/a.ts': 'export const one = 1\n', 'src/b.ts': 'export const b = 1\n' },
  })
  git('checkout', '-q', '-b', 'other')
  write('src/a.ts', 'export const one = "theirs"\n')
  write('src/b.ts', 'export const b = 2 // the work of others\n')
  git('-c', 'core.hooksPath=/dev/null', 'commit', '-qam', 'theirs')
  git('checkout', '-q', 'main')
  write('src/a.ts', 'export const one = "ours"\n')
  git('-c', 'core.hooksPath=/dev/null', 'commit', '-qam', 'ours')
  expect((await gitAsync(root, ['merge', '-q', 'other'], env)).code).toBe(1)
  const conflicted = await run(join(root, '.git/hooks/pre-commit'), [], { cwd: root, env })
  expect(conflicted).toMatchObject({ code: 0 })
  expect(conflicted.stderr).toMatch(/src\/a\.ts \(merge conflict, not resolved yet\)/)
  write('src/a.ts', 'export const one = "both" // BUG\n')
  git('add', '-A')
  const done = await commit(['--no-edit'])
  expect(done.stderr).toMatch(/src\/a\.ts\n +\w+ 1: /)
  expect(shown()).not.toContain('the work of others')
})

// Scenario 6.
test('a merge that git makes by itself asks nothing, where its hook calls this one', async () => {
  const { write, git, root, env, server } = await hooked({ options: ['--fail-on', 'low', '--strict'] })
  const hook = '#!/bin/sh\nexec "$(dirname "$0")/pre-commit"\n'
  writeFileSync(join(root, '.git/hooks/pre-merge-commit'), hook, { mode: 0o755 })
  git('checkout', '-q', '-b', 'other')
  write('src/b.ts', twice)
  git('add', '-A')
  git('commit', '-q', '--no-verify', '-m', 'theirs')
  git('checkout', '-q', 'main')
  const merge = ['--no-ff', '--no-edit', '-q']
  expect(await gitAsync(root, ['merge', ...merge, 'other'], env)).toMatchObject({ code: 0, stderr: '' })
  git('reset', '-q', '--hard', 'HEAD^')
  expect((await gitAsync(root, ['pull', ...merge, '--no-rebase', '.', 'other'], env)).code).toBe(0)
  expect(server.log).toEqual([])
})

// Scenario 7.
test('rebase, cherry-pick, revert and an amend without changes ask nothing and stop nothing', async () => {
  const { write, git, commit, server, root, env } = await hooked({ options: ['--fail-on', 'low', '--strict'] })
  const plain = (name: string) => {
    write('src/a.ts', `${name} // BUG\n`)
    git('add', '-A')
    git('-c', 'core.hooksPath=/dev/null', 'commit', '-q', '-m', name)
  }
  plain('one')
  plain('two')
  git('checkout', '-q', '-b', 'side', 'HEAD~1')
  plain('three')
  expect(await commit(['--amend', '--no-edit'])).toMatchObject({ code: 0, stderr: '' })
  expect((await gitAsync(root, ['cherry-pick', 'main'], env)).code).toBe(1)
  write('src/a.ts', 'two and three // BUG\n')
  git('add', '-A')
  expect((await gitAsync(root, ['-c', 'core.editor=true', 'cherry-pick', '--continue'], env)).code).toBe(0)
  const rebase = [
    '-c',
    'sequence.editor=sed -i s/^pick/reword/',
    '-c',
    'core.editor=true',
    'rebase',
    '-q',
    '-i',
    'HEAD~2',
  ]
  expect((await gitAsync(root, rebase, env)).code).toBe(0)
  expect((await gitAsync(root, ['revert', '--no-edit', 'HEAD'], env)).code).toBe(0)
  expect(server.log).toEqual([])
})

// Scenario 7.
test('of an amend only what is new is reviewed', async () => {
  const { write, git, commit, shown } = await hooked()
  write('src/a.ts', 'export const before = 1\n')
  git('add', '-A')
  git('-c', 'core.hooksPath=/dev/null', 'commit', '-q', '-m', 'before')
  write('src/b.ts', twice)
  git('add', '-A')
  expect((await commit(['--amend', '--no-edit'])).stderr).toMatch(/src\/b\.ts\n +\w+ 1: /)
  expect(shown()).not.toContain('before = 1')
})

const lines = (count: number, text: (n: number) => string) => Array.from({ length: count }, (_, n) => text(n)).join('')

// Scenarios 8 and 9.
test('a rename is shown by what changed in it; modes and links ask nothing', async () => {
  const old = lines(30, (n) => `export const v${n} = ${n}\n`)
  const { write, git, commit, shown, server, root } = await hooked({ files: { 'src/old.ts': old, 'run.sh': 'echo\n' } })
  git('mv', 'src/old.ts', 'src/new.ts')
  git('update-index', '--chmod=+x', 'run.sh')
  expect((await commit(['-m', 'rename'])).stderr).toBe(
    'skipped by rule: run.sh (made executable, nothing else changed), src/new.ts (renamed from src/old.ts, nothing else changed)\n',
  )
  rmSync(join(root, 'run.sh'))
  await run('ln', ['-s', '/etc/passwd', 'run.sh'], { cwd: root })
  git('add', '-A')
  expect((await commit(['-m', 'link'])).stderr).toBe('skipped by rule: run.sh (file replaced by a symbolic link)\n')
  expect(server.requests).toEqual([])
  git('mv', 'src/new.ts', 'src/moved.ts')
  write('src/moved.ts', old.replace('v9 = 9', 'v9 = 10 // BUG'))
  git('add', '-A')
  expect((await commit(['-m', 'edit'])).stderr).toMatch(/1 finding.*\n+src\/moved\.ts\n +\w+ 10: /)
  expect(shown().match(/^\+/gm)).toHaveLength(1)
})

// Scenario 10.
test('a removed check is found on the old side', async () => {
  const before = 'export function size(list) {\n  if (list === null) return 0\n  return list.length\n}\n'
  const { write, git, commit, shown, root, env } = await hooked({
    files: { 'src/a.js': before, 'src/gone.js': 'export const gone = 1\n', 'src/empty.js': 'export const e = 1\n' },
    script: (request) => {
      const quote = '  if (list === null) return 0'
      const claim = {
        quote,
        defect: 'null-path',
        title: 'null',
        message: 'null',
        trigger: 'null',
        severity: 'high',
        suggestion: '',
      }
      if (!request.messages.at(-1)?.content.includes(quote)) return reply.json({ analysis: '', findings: [] })
      return reply.json({ analysis: '', findings: [claim] })
    },
  })
  write('src/a.js', before.replace('  if (list === null) return 0\n', ''))
  git('rm', '-q', 'src/gone.js')
  write('src/empty.js', '')
  git('add', '-A')
  const done = await commit(['-m', 'remove'])
  expect(done.stderr).toMatch(/1 finding \(.* 3 parts reviewed.*\n+src\/a\.js\n +\w+ 1: .*removed line/)
  const { findings, reviewed } = await lastReport(root, env)
  expect(findings).toMatchObject([{ side: 'old', startLine: 1, anchor: 'deletion' }])
  expect(reviewed.map(({ path }) => path)).toEqual(['src/a.js', 'src/empty.js', 'src/gone.js'])
  expect(shown()).toMatch(/^- +\| {3}if \(list === null\) return 0$/m)
  expect(shown().match(/has to be a line\nmarked - whose loss is a defect/g)).toHaveLength(3)
})

// Scenario 17.
test('more parts than a hook looks at are named, and block only when strict', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [`src/f${n}.ts`, `export const f${n} = ${n}\n`]),
  )
  const advised = await hooked()
  for (const [name, text] of Object.entries(files)) advised.write(name, text)
  advised.git('add', '-A')
  const done = await advised.commit(['-m', 'many'])
  expect(done.code).toBe(0)
  expect(done.stderr).toMatch(/8 of 12 parts reviewed/)
  const [left = ''] = /^Not reviewed: .*\(only the first 8 parts.*$/m.exec(done.stderr) ?? []
  expect(left.match(/src\/f\d+\.ts/g)).toHaveLength(4)
  const strict = await hooked({ options: ['--strict'] })
  for (const [name, text] of Object.entries(files)) strict.write(name, text)
  strict.git('add', '-A')
  const blocked = await strict.commit(['-m', 'many'])
  expect(blocked.code).toBe(1)
  expect(blocked.stderr).toMatch(/commit blocked: not all of it was reviewed/)
})

// Scenario 18.
test('lock files, generated files, white space and comments ask nothing, and are named', async () => {
  const { write, git, commit, server } = await hooked({
    files: {
      'src/a.ts': 'if (a) {\n  b()\n}\n',
      'src/b.ts': '// one\nb()\n',
      'src/gen.ts': '// @generated\nexport const a = 1\n',
    },
  })
  write('package-lock.json', '{}\n')
  write('src/gen.ts', '// @generated\nexport const BUG = 1\n')
  write('src/__snapshots__/a.snap', 'BUG\n')
  write('vendor/v.go', 'package BUG\n')
  write('src/a.ts', 'if (a) {\n      b()\n}\n')
  write('src/b.ts', '// two\nb()\n')
  git('add', '-A')
  const done = await commit(['-m', 'noise'])
  expect(done.code).toBe(0)
  expect(done.stderr).toMatch(/^skipped by rule: .*package-lock\.json \(lock file\).*\n$/)
  expect(server.log).toEqual([])
})

test('index, working tree and .git are as they were', async () => {
  const folder = await hooked({ options: ['--fail-on', 'high'] })
  const { root, env } = folder
  folder.write('src/a.ts', twice)
  folder.write('readme.md', 'changed\n')
  folder.git('add', 'src/a.ts')
  folder.git('status')
  const before = [fingerprint(folder), filesIn(join(root, '.git'))]
  const done = await run(join(root, '.git/hooks/pre-commit'), [], {
    cwd: root,
    env: { ...env, GIT_INDEX_FILE: '.git/index' },
  })
  expect(done.code).toBe(1)
  expect([fingerprint(folder), filesIn(join(root, '.git'))]).toEqual(before)
})

const filesIn = (folder: string) => new Set(readdirSync(folder, { recursive: true, encoding: 'utf8' }))
