import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openGit } from '../../src/workspace/git.ts'
import { openWorkspace } from '../../src/workspace/open.ts'
import { createFolder, createRepository, environment, git, gitEnvironment, write } from '../workspace.ts'

const commands = {
  'diff --cached': ['diff', '--cached'],
  diff: ['diff'],
  'log -p': ['log', '-p'],
  show: ['show', 'HEAD'],
  status: ['status'],
} as const
type Command = keyof typeof commands

type Place = { folder: string; script: string }
type Hostile = { name: string; runsOn: Command[]; set: (place: Place) => void }

const attributes = (text: string) => (place: Place) => write(place.folder, { '.gitattributes': text })
const config =
  (...pairs: [key: string, value: (place: Place) => string][]) =>
  (place: Place) => {
    for (const [key, value] of pairs) git(place.folder, 'config', key, value(place))
  }
const both =
  (...steps: ((place: Place) => void)[]) =>
  (place: Place) => {
    for (const step of steps) step(place)
  }
const runs = ({ script }: Place) => script
const fsmonitor = ({ script }: Place) => `[core]\n\tfsmonitor = ${script}\n`

/** A repository that lacks a blob and would fetch it from a remote of the attacker's choice. */
const promisor = (url: (place: Place) => string, ...more: Parameters<typeof config>) =>
  both(
    config(
      ['core.repositoryformatversion', () => '1'],
      ['extensions.partialClone', () => 'origin'],
      ['remote.origin.promisor', () => 'true'],
      ['remote.origin.url', url],
      ...more,
    ),
    ({ folder }) => {
      const id = git(folder, 'rev-parse', 'HEAD:b.txt').trim()
      rmSync(join(folder, '.git/objects', id.slice(0, 2), id.slice(2)))
    },
  )

const reading: Command[] = ['diff', 'log -p', 'show']
const configurations: Hostile[] = [
  { name: 'core.fsmonitor', runsOn: ['diff --cached', 'diff', 'status'], set: config(['core.fsmonitor', runs]) },
  { name: 'diff.external', runsOn: ['diff', 'diff --cached'], set: config(['diff.external', runs]) },
  {
    name: 'diff.x.command',
    runsOn: ['diff', 'diff --cached'],
    set: both(attributes('*.txt diff=x\n'), config(['diff.x.command', runs])),
  },
  {
    name: 'diff.x.textconv',
    runsOn: reading,
    set: both(attributes('*.txt diff=x\n'), config(['diff.x.textconv', runs])),
  },
  {
    name: 'diff.x.textconv through .git/info/attributes',
    runsOn: reading,
    set: both(
      ({ folder }) => write(folder, { '.git/info/attributes': '*.txt diff=x\n' }),
      config(['diff.x.textconv', runs]),
    ),
  },
  {
    name: 'filter.x.clean',
    runsOn: ['diff', 'status'],
    set: both(attributes('* filter=x\n'), config(['filter.x.clean', runs])),
  },
  {
    name: 'filter.x.process',
    runsOn: ['diff', 'status'],
    set: both(attributes('* filter=x\n'), config(['filter.x.process', runs], ['filter.x.required', () => 'true'])),
  },
  {
    name: 'a filter named x=y',
    runsOn: ['diff', 'status'],
    set: both(attributes('* filter=x=y\n'), config(['filter.x=y.clean', runs])),
  },
  {
    name: 'hooks/post-index-change',
    runsOn: ['status'],
    set: ({ folder, script }) => cpSync(script, join(folder, '.git/hooks/post-index-change')),
  },
  {
    name: 'core.hooksPath',
    runsOn: ['status'],
    set: both(
      ({ folder, script }) => {
        mkdirSync(join(folder, 'h'))
        cpSync(script, join(folder, 'h/post-index-change'))
      },
      config(['core.hooksPath', () => 'h']),
    ),
  },
  {
    name: 'gpg.program with log.showSignature',
    runsOn: ['log -p', 'show'],
    set: both(signLastCommit, config(['gpg.program', runs], ['log.showSignature', () => 'true'])),
  },
  {
    name: 'include.path',
    runsOn: ['diff --cached', 'diff', 'status'],
    set: both(
      (place) => write(place.folder, { '.git/more': fsmonitor(place) }),
      config(['include.path', () => 'more']),
    ),
  },
  {
    name: 'includeIf.gitdir',
    runsOn: ['diff --cached', 'diff', 'status'],
    set: both(
      (place) => write(place.folder, { '.git/more': fsmonitor(place) }),
      ({ folder }) => git(folder, 'config', `includeIf.gitdir:${folder}/.path`, 'more'),
    ),
  },
  {
    name: 'config.worktree',
    runsOn: ['diff --cached', 'diff', 'status'],
    set: both(
      config(['core.repositoryformatversion', () => '1'], ['extensions.worktreeConfig', () => 'true']),
      (place) => write(place.folder, { '.git/config.worktree': fsmonitor(place) }),
    ),
  },
  { name: 'a submodule with core.fsmonitor and a filter', runsOn: ['diff', 'status'], set: addSubmodule },
  {
    name: 'diff.submodule with a diff.external in the submodule',
    runsOn: ['diff'],
    set: both(addSubmodule, ({ folder, script }) => {
      git(
        join(folder, 'sub'),
        '-c',
        'core.fsmonitor=false',
        '-c',
        'filter.y.clean=',
        'commit',
        '-q',
        '-a',
        '-m',
        'second',
      )
      for (const key of ['core.fsmonitor', 'filter.y.clean']) git(join(folder, 'sub'), 'config', '--unset', key)
      git(join(folder, 'sub'), 'config', 'diff.external', script)
      git(folder, 'config', 'diff.submodule', 'diff')
    }),
  },
  {
    name: 'a promised blob with remote.origin.uploadpack',
    runsOn: reading,
    set: promisor(({ folder }) => folder, ['remote.origin.uploadpack', runs]),
  },
  {
    name: 'a promised blob with ext::',
    runsOn: reading,
    set: promisor(({ script }) => `ext::${script}`, ['protocol.ext.allow', () => 'always']),
  },
  {
    name: 'a promised blob with core.sshCommand',
    runsOn: reading,
    set: promisor(() => 'ssh://example.invalid/x', ['core.sshCommand', runs]),
  },
]

function signLastCommit({ folder }: Place): void {
  const commit = git(folder, 'cat-file', 'commit', 'HEAD')
  const signature = 'gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ\n -----END PGP SIGNATURE-----\n'
  writeFileSync(join(folder, '.git/signed'), commit.replace('\n\n', `\n${signature}\n`))
  git(folder, 'update-ref', 'HEAD', git(folder, 'hash-object', '-t', 'commit', '-w', '.git/signed').trim())
}

function addSubmodule({ folder, script }: Place): void {
  git(folder, 'clone', '-q', folder, 'sub')
  git(folder, 'add', 'sub')
  git(join(folder, 'sub'), 'config', 'core.fsmonitor', script)
  git(join(folder, 'sub'), 'config', 'filter.y.clean', script)
  write(folder, { 'sub/.git/info/attributes': '* filter=y\n' })
  write(folder, { 'sub/a.txt': 'changed\n' })
}

let base: string
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'local-brain-base-'))
  write(base, { 'a.txt': 'one\n', 'b.txt': 'two\n', 'c.txt': 'three\n' })
  git(base, 'init', '-q', '-b', 'main')
  git(base, 'add', '-A')
  git(base, 'commit', '-q', '-m', 'first')
  write(base, { 'a.txt': 'staged\n' })
  git(base, 'add', '-A')
  write(base, { 'b.txt': 'changed\n' })
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

/** A copy of the base whose files look touched to git, and a program that leaves a mark when it runs. */
function createHostile(set: Hostile['set']) {
  const outside = createFolder()
  const folder = join(outside, 'repository')
  cpSync(base, folder, { recursive: true })
  const mark = join(outside, 'mark')
  const script = join(outside, 'script')
  writeFileSync(script, `#!/bin/sh\n: > ${mark}\n[ -f "$1" ] && cat "$1"\nexit 1\n`)
  chmodSync(script, 0o755)
  set({ folder, script })
  const ran = () => {
    const answer = existsSync(mark)
    rmSync(mark, { force: true })
    return answer
  }
  return { folder, ran }
}

// Ours goes first: plain `git status` rewrites the index, and with it what there is to trigger.
test.each(configurations)('$name runs a program in plain git, and never in ours', async ({ runsOn, set }) => {
  const { folder, ran } = createHostile(set)
  ran()
  for (const view of ['worktree', 'index'] as const) {
    const workspace = await openWorkspace({ root: folder, environment, view })
    expect((await workspace.list()).paths).toContain('c.txt')
    await workspace.read('c.txt')
    await workspace.git?.resolve('HEAD')
    for (const args of Object.values(commands)) await workspace.git?.run(args).catch(() => '')
    expect(ran()).toBe(false)
  }
  for (const [index, command] of runsOn.entries()) {
    // What plain git has looked at once it knows by its time, and would not look at again.
    for (const name of ['a.txt', 'b.txt', 'c.txt']) utimesSync(join(folder, name), index + 1, index + 1)
    spawnSync('git', commands[command], { cwd: folder, env: gitEnvironment, timeout: 15_000 })
    expect(ran(), `plain git ${command}`).toBe(true)
  }
})

describe('a repository that is not what it seems is refused', () => {
  test('core.worktree shows other files', async () => {
    const folder = createRepository()
    git(folder, 'config', 'core.worktree', '/etc')
    expect(git(folder, 'ls-files', '--others', '--directory')).toContain('passwd')
    await expect(openGit(folder, { environment })).rejects.toMatchObject({ code: 'git-refused' })
  })

  test('core.worktree shows the folder above', async () => {
    const outside = createFolder({ 'private.txt': 'private' })
    const folder = join(outside, 'repository')
    cpSync(base, folder, { recursive: true })
    git(folder, 'config', 'core.worktree', outside)
    expect(git(folder, 'status', '--short')).toContain('private.txt')
    await expect(openGit(folder, { environment })).rejects.toMatchObject({ code: 'git-refused' })
  })

  test.each(['file', 'link', 'commondir'])('a .git that borrows another repository by %s', async (kind) => {
    const other = createRepository({ 'private.txt': 'private' })
    const folder = createFolder()
    if (kind === 'file') write(folder, { '.git': `gitdir: ${other}/.git\n` })
    if (kind === 'link')
      await import('node:fs').then(({ symlinkSync }) => symlinkSync(`${other}/.git`, `${folder}/.git`))
    if (kind === 'commondir') {
      git(folder, 'init', '-q', '-b', 'main')
      write(folder, { '.git/commondir': `${other}/.git\n` })
    }
    expect(git(folder, 'show', 'HEAD')).toContain('private')
    await expect(openGit(folder, { environment })).rejects.toMatchObject({ code: 'git-refused' })
  })

  test('a linked work tree that the other repository never made', async () => {
    const other = createRepository({ 'private.txt': 'private' })
    const folder = createFolder()
    write(folder, {
      '.git': `gitdir: ${folder}/fake/worktrees/x\n`,
      'fake/worktrees/x/HEAD': 'ref: refs/heads/main\n',
      'fake/worktrees/x/gitdir': `${folder}/.git\n`,
      'fake/worktrees/x/commondir': `${other}/.git\n`,
    })
    expect(git(folder, 'show', 'HEAD')).toContain('private')
    await expect(openGit(folder, { environment })).rejects.toMatchObject({ code: 'git-refused' })
  })

  test('a bare repository among the files', async () => {
    const outside = createRepository()
    const mark = join(outside, 'mark')
    git(outside, 'init', '-q', '--bare', 'inner')
    git(outside, '--git-dir=inner', 'config', 'core.bare', 'false')
    git(outside, '--git-dir=inner', 'config', 'core.worktree', '..')
    git(outside, '--git-dir=inner', 'config', 'core.fsmonitor', `: > ${mark}; false`)
    const inner = join(outside, 'inner')
    spawnSync('git', ['status'], { cwd: inner, env: gitEnvironment })
    expect(readdirSync(outside)).toContain('mark')
    rmSync(mark)
    await expect(openGit(inner, { environment })).rejects.toMatchObject({
      code: 'git-refused',
      message: `"${inner}" is the inside of a git repository, not its files`,
    })
    expect(existsSync(mark)).toBe(false)
  })

  test('one that another user owns, with the setting that allows it', async () => {
    const folder = createRepository()
    // Only root can give files away; elsewhere the case does not arise in a test.
    if (process.getuid?.() !== 0) return
    spawnSync('chown', ['-R', '4321', folder])
    git(folder, '-c', `safe.directory=${folder}`, 'config', 'safe.directory', folder)
    await expect(openGit(folder, { environment })).rejects.toMatchObject({
      code: 'git-refused',
      hint: `git config --global --add safe.directory "${folder}"`,
    })
    const home = createFolder({ '.gitconfig': `[safe]\n\tdirectory = ${folder}\n` })
    expect(await openGit(folder, { environment: { ...environment, HOME: home } })).toMatchObject({ top: folder })
  })
})

describe('what is as it should be opens', () => {
  test('a linked work tree', async () => {
    const folder = createRepository()
    const linked = join(createFolder(), 'linked')
    git(folder, 'worktree', 'add', '-q', linked)
    expect(await openGit(linked, { environment })).toMatchObject({ top: linked, hooksFolder: `${folder}/.git/hooks` })
  })

  test('a submodule', async () => {
    const other = createRepository()
    const folder = createRepository()
    git(folder, 'submodule', '--quiet', 'add', other, 'sub')
    expect(await openGit(join(folder, 'sub'), { environment })).toMatchObject({ top: join(folder, 'sub') })
  })

  test('a repository whose .git lies elsewhere and names it', async () => {
    const folder = createRepository()
    const elsewhere = join(createFolder(), 'git')
    renameSync(join(folder, '.git'), elsewhere)
    write(folder, { '.git': `gitdir: ${elsewhere}\n` })
    await expect(openGit(folder, { environment })).rejects.toMatchObject({ code: 'git-refused' })
    git(folder, 'config', 'core.worktree', folder)
    expect(await openGit(folder, { environment })).toMatchObject({ top: folder })
  })
})

test('a filter that never answers does not stop a run', async () => {
  const folder = createRepository()
  write(folder, { '.gitattributes': '* filter=x\n', 'a.txt': 'changed\n' })
  git(folder, 'config', 'filter.x.process', 'sleep 1000')
  const ours = await openGit(folder, { environment })
  expect(await ours?.run(['diff'])).toContain('+changed')
})
