import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFolder, git, write } from '../../workspace.ts'

export const commands = {
  'diff --cached': ['diff', '--cached'],
  diff: ['diff'],
  'log -p': ['log', '-p'],
  show: ['show', 'HEAD'],
  status: ['status'],
} as const
type Command = keyof typeof commands

type Place = { folder: string; script: string }
export type Hostile = { name: string; runsOn: Command[]; set: (place: Place) => void }

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
/** Every configuration that makes plain git run a program of the repository's choice, and the commands that do. */
export const configurations: Hostile[] = [
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

/** A repository with one staged and one unstaged change, for `createHostile`; made once and copied. */
export function createBase(): string {
  const base = mkdtempSync(join(tmpdir(), 'local-brain-base-'))
  write(base, { 'a.txt': 'one\n', 'b.txt': 'two\n', 'c.txt': 'three\n' })
  git(base, 'init', '-q', '-b', 'main')
  git(base, 'add', '-A')
  git(base, 'commit', '-q', '-m', 'first')
  write(base, { 'a.txt': 'staged\n' })
  git(base, 'add', '-A')
  write(base, { 'b.txt': 'changed\n' })
  return base
}

/** A copy of the base whose files look touched to git, and a program that leaves a mark when it runs. */
export function createHostile(base: string, set: Hostile['set']) {
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
