import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { localBrain } from '../doors/cli/local-brain.ts'
import { gitEnvironment } from '../workspace.ts'
import { type Folder, repository, temporaryFolder } from '../workspace-fixture.ts'
import { attackWith, everything, read } from './attack.ts'

const secret = 'PRIVATE-WORDS'

/** What a model can ask about a repository. */
const everyTool = [
  { name: 'git_status', arguments: {} },
  { name: 'git_diff', arguments: { staged: true } },
  { name: 'git_diff', arguments: { staged: false } },
  { name: 'git_diff', arguments: { base: 'main' } },
  { name: 'git_changed_files', arguments: {} },
  { name: 'git_log', arguments: {} },
  { name: 'git_show', arguments: { revision: 'main' } },
  { name: 'search_code', arguments: { pattern: 'WORDS' } },
  { name: 'list_directory', arguments: {} },
  read('private.txt'),
]

/** A repository that was handed over, another one that is private, and a private file that is no repository's. */
function neighbours() {
  const victim = repository({ 'a.txt': 'one\n' })
  const other = repository({ 'private.txt': `${secret}\n` })
  const file = join(temporaryFolder({ 'private.txt': `${secret}\n${secret}\n` }).root, 'private.txt')
  const inside = (path: string) => join(victim.root, '.git', path)
  const theirs = (path: string) => join(other.root, '.git', path)
  /** Puts a link to the outside in place of something of the repository. */
  const link = (path: string, target: string) => {
    rmSync(inside(path), { recursive: true, force: true })
    symlinkSync(target, inside(path))
  }
  /** The branch of the repository is that commit of the other one. */
  const borrowBranch = () => writeFileSync(inside('refs/heads/main'), other.git('rev-parse', 'HEAD'))
  return { victim, other, file, inside, theirs, link, borrowBranch }
}

type Neighbours = ReturnType<typeof neighbours>

/** Everything that plain git says, on both streams. */
function plainGit({ root }: Folder, ...args: string[]): string {
  const { stdout, stderr } = spawnSync('git', args, { cwd: root, env: gitEnvironment, encoding: 'utf8' })
  return stdout + stderr
}

const stores: [name: string, set: (place: Neighbours) => void, args: string[], shown?: RegExp][] = [
  [
    'the objects are a link',
    ({ link, theirs, borrowBranch }) => {
      link('objects', theirs('objects'))
      borrowBranch()
    },
    ['log', '-p'],
  ],
  [
    'the folders of objects are links',
    ({ link, theirs, borrowBranch }) => {
      for (const name of readdirSync(theirs('objects'))) link(`objects/${name}`, theirs(`objects/${name}`))
      borrowBranch()
    },
    ['log', '-p'],
  ],
  [
    'single objects are links',
    ({ inside, theirs, borrowBranch }) => {
      for (const folder of readdirSync(theirs('objects')).filter((name) => name.length === 2))
        for (const name of readdirSync(theirs(`objects/${folder}`))) {
          mkdirSync(inside(`objects/${folder}`), { recursive: true })
          symlinkSync(theirs(`objects/${folder}/${name}`), inside(`objects/${folder}/${name}`))
        }
      borrowBranch()
    },
    ['log', '-p'],
  ],
  [
    'the packs are a link',
    ({ other, link, theirs, borrowBranch }) => {
      borrowBranch()
      other.git('repack', '-q', '-a', '-d')
      link('objects/pack', theirs('objects/pack'))
    },
    ['log', '-p'],
  ],
  [
    'alternates name another repository',
    ({ inside, theirs, borrowBranch }) => {
      writeFileSync(inside('objects/info/alternates'), `${theirs('objects')}\n`)
      borrowBranch()
    },
    ['log', '-p'],
  ],
  [
    'alternates name a folder of the repository that is a link',
    ({ inside, theirs, borrowBranch }) => {
      symlinkSync(theirs('objects'), inside('more'))
      writeFileSync(inside('objects/info/alternates'), '../more\n')
      borrowBranch()
    },
    ['log', '-p'],
  ],
  [
    'alternates are a link to a file',
    ({ link, file }) => link('objects/info/alternates', file),
    ['log'],
    /object directory .*PRIVATE-WORDS/,
  ],
  ['the packed references are a link to a file', ({ link, file }) => link('packed-refs', file), ['log', 'x']],
  ['the shallow file is a link to a file', ({ link, file }) => link('shallow', file), ['log']],
  [
    'attributes are a link to a file',
    ({ link, inside }) => {
      const lines = temporaryFolder({ attributes: `* !${secret}!\n` }).root
      mkdirSync(inside('info'), { recursive: true })
      link('info/attributes', join(lines, 'attributes'))
    },
    ['check-attr', '-a', 'a.txt'],
  ],
  ['the index is a link', ({ link, theirs }) => link('index', theirs('index')), ['ls-files'], /private\.txt/],
  [
    'a branch is a link',
    ({ link, theirs, other }) => {
      const id = other.git('rev-parse', 'HEAD').trim()
      expect(readFileSync(theirs('refs/heads/main'), 'utf8').trim()).toBe(id)
      link('refs/heads/main', theirs('refs/heads/main'))
    },
    ['rev-parse', 'main'],
    /^[0-9a-f]{40}/,
  ],
]

// Guards: git-link, git-alternates.
describe('a repository that reaches into another one, or into any other file, is refused', () => {
  test.each(stores)('%s', async (_, set, args, shown = new RegExp(secret)) => {
    const place = neighbours()
    set(place)
    expect(plainGit(place.victim, ...args)).toMatch(shown)
    const attack = await attackWith(everyTool, place.victim.root)
    expect(everything(attack).replaceAll('"WORDS"', '')).not.toContain(secret)
    expect(attack.results.filter((result) => !result.startsWith('Error: '))).toEqual([])
    const { code, stderr } = await localBrain(['--git-diff', '--fail-on', 'low'], { cwd: place.victim.root })
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^error: ".*\nhint: /) as string })
    expect(stderr).not.toContain(secret)
  })

  test('a linked work tree with such an index', async () => {
    const { victim, theirs } = neighbours()
    const linked = join(temporaryFolder().root, 'linked')
    victim.git('worktree', 'add', '-q', linked)
    const index = join(victim.root, '.git/worktrees/linked/index')
    rmSync(index)
    symlinkSync(theirs('index'), index)
    const { code, stderr } = await localBrain(['--git-diff'], { cwd: linked })
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('leads out of the repos') as string })
  })

  test('what people do link is no reason', async () => {
    const { root, git, write } = repository({ 'a.txt': 'one\n' })
    const mine = temporaryFolder({ exclude: 'ignored.txt\n', 'hooks/pre-push': '' }).root
    for (const name of ['exclude', 'hooks']) {
      const path = join(root, '.git', name === 'exclude' ? 'info/exclude' : name)
      rmSync(path, { recursive: true, force: true })
      symlinkSync(join(mine, name), path)
    }
    // A link inside, as very old versions of git kept HEAD.
    rmSync(join(root, '.git/HEAD'))
    symlinkSync('refs/heads/main', join(root, '.git/HEAD'))
    git('status')
    write('a.txt', 'two\n')
    expect((await localBrain(['--dry-run', '--git-diff'], { cwd: root })).stdout).toContain('two')
  })
})

// Guards: git-alternates.
describe('a clone that takes objects from a mirror', () => {
  /** A clone of a mirror that lies in a folder of mirrors, with a change that waits to be reviewed. */
  function cloned(how: string, more: (mirror: string) => void = () => undefined) {
    const origin = repository({ 'a.txt': 'one\n', 'b.txt': `${secret}\n` })
    const mirrors = temporaryFolder().root
    const mirror = join(mirrors, 'team', 'project.git')
    origin.git('clone', '-q', '--mirror', origin.root, mirror)
    more(mirror)
    const root = join(temporaryFolder().root, 'clone')
    const from = how === '--shared' ? ['--shared', mirror] : ['--reference', mirror, `file://${origin.root}`]
    origin.git('clone', '-q', ...from, root)
    writeFileSync(join(root, 'a.txt'), 'two\n')
    return { root, mirror, mirrors }
  }

  const review = (root: string, LOCAL_BRAIN_GIT_OBJECTS = '') =>
    localBrain(['--dry-run', '--git-diff'], { cwd: root, env: { LOCAL_BRAIN_GIT_OBJECTS } })

  test.each(['--reference', '--shared'])('%s: is refused until its mirror is named or copied', async (how) => {
    const { root, mirror, mirrors } = cloned(how)
    const refused = await review(root)
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('takes objects from other folders') as string,
    })
    for (const named of [mirrors, mirror, `/nowhere:${join(mirror, 'objects')}`]) {
      const { code, stdout } = await review(root, named)
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('two') as string })
    }
    const hint = /^hint: (.*); or name .* LOCAL_BRAIN_GIT_OBJECTS$/m.exec(refused.stderr)?.[1] ?? ''
    expect(spawnSync('sh', ['-c', hint], { env: gitEnvironment }).status).toBe(0)
    rmSync(mirrors, { recursive: true })
    expect((await review(root)).stdout).toContain('two')
  })

  test('is refused where other folders are named', async () => {
    const { root, mirror, mirrors } = cloned('--reference')
    for (const named of [`${mirrors}-not`, join(mirrors, 'other'), '.', 'relative', `${mirror}x`, join(root, '.git')]) {
      expect({ named, code: (await review(root, named)).code }).toEqual({ named, code: 2 })
    }
    writeFileSync(join(root, '.env'), `LOCAL_BRAIN_GIT_OBJECTS=${mirrors}\n`)
    gitIn(root, 'config', 'local-brain.gitObjects', mirrors)
    expect((await review(root)).code).toBe(2)
  })

  test('is refused where the mirror leads elsewhere itself', async () => {
    const elsewhere = repository({ 'private.txt': `${secret}\n` })
    const objects = join(elsewhere.root, '.git/objects')
    const changes: ((mirror: string) => void)[] = [
      (mirror) => writeFileSync(join(mirror, 'objects/info/alternates'), `${objects}\n`),
      (mirror) => symlinkSync(objects, join(mirror, 'objects/more')),
    ]
    for (const change of changes) {
      const { root, mirror, mirrors } = cloned('--reference')
      expect((await review(root, mirrors)).code).toBe(0)
      change(mirror)
      expect(await review(root, mirrors)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^error: /) as string,
      })
      expect((await review(root, `${mirrors}:${elsewhere.root}`)).code).toBe(change === changes[0] ? 0 : 2)
    }
  })

  test('is refused where the named folder holds a link to the objects of others', async () => {
    const { root, mirrors } = cloned('--reference')
    const elsewhere = repository({ 'private.txt': `${secret}\n` })
    symlinkSync(join(elsewhere.root, '.git/objects'), join(mirrors, 'link'))
    writeFileSync(join(root, '.git/objects/info/alternates'), `${join(mirrors, 'link')}\n`)
    expect((await review(root, mirrors)).code).toBe(2)
  })
})

function gitIn(cwd: string, ...args: string[]): void {
  execFileSync('git', args, { cwd, env: gitEnvironment })
}

describe('the words of git reach nobody', () => {
  test.each<[string, string, string[]]>([
    ['packed references', '.git/packed-refs', ['log', 'x']],
    ['a shallow file', '.git/shallow', ['log']],
    ['an index', '.git/index', ['status']],
    ['settings', '.git/config', ['log']],
  ])('%s that git cannot read', async (_, path, args) => {
    const { root, git, write } = repository({ 'a.txt': 'one\n' })
    git('config', 'core.quotePath', 'true')
    write(path, path === '.git/index' ? 'WORDS' : `${path === '.git/config' ? '[' : ''}WORDS of the repository\n`)
    const complaint = plainGit({ root } as Folder, ...args)
    expect(complaint).toMatch(/^(error|fatal|warning): /)
    const attack = await attackWith(everyTool, root)
    const run = await localBrain(['--git-diff', '--base', 'main', '--fail-on', 'low'], { cwd: root })
    expect([2, 4]).toContain(run.code)
    for (const text of [everything(attack), run.stderr]) {
      for (const line of complaint.split('\n').filter((one) => one.length > 20)) {
        expect(text).not.toContain(line.replace(/^\w+: /, ''))
      }
      expect(text).not.toContain('WORDS of the repository')
    }
  })
})

/** A commit that adds `evil.txt` to the one before, where git was told to show something else. */
function changed() {
  const folder = repository({ 'a.txt': 'one\n' })
  folder.git('branch', 'base')
  folder.git('branch', 'harmless')
  folder.write('evil.txt', 'evil words\n')
  folder.git('add', '-A')
  folder.git('commit', '-q', '-m', 'second')
  return { ...folder, inside: (path: string) => join(folder.root, '.git', path) }
}

const shown: [name: string, set: (folder: ReturnType<typeof changed>) => void, args: string[]][] = [
  ['refs/replace for the commit', ({ git }) => void git('replace', 'HEAD', 'base'), ['diff', 'base', 'HEAD']],
  [
    'refs/replace for the tree',
    ({ git }) => void git('replace', 'HEAD^{tree}', 'base^{tree}'),
    ['diff', 'base', 'HEAD'],
  ],
  [
    'a commit graph with another tree',
    ({ git, inside }) => {
      git('commit-graph', 'write', '--reachable')
      const path = inside('objects/info/commit-graph')
      const [tree, other] = ['HEAD^{tree}', 'base^{tree}'].map((name) => git('rev-parse', name).trim())
      const text = readFileSync(path)
        .toString('hex')
        .replace(tree ?? '', other ?? '')
      rmSync(path)
      writeFileSync(path, Buffer.from(text, 'hex'))
    },
    ['diff', 'base', 'HEAD'],
  ],
  [
    'a graft that says it has no parents',
    ({ git, inside }) => {
      mkdirSync(inside('info'), { recursive: true })
      writeFileSync(inside('info/grafts'), git('rev-parse', 'HEAD'))
    },
    ['diff', 'base...HEAD'],
  ],
  [
    'a shallow file that says so',
    ({ git, inside }) => writeFileSync(inside('shallow'), git('rev-parse', 'HEAD')),
    ['diff', 'base...HEAD'],
  ],
]

// Guards: GIT_NO_REPLACE_OBJECTS, GIT_GRAFT_FILE, core.commitGraph, git-shallow.
describe('what is committed is what is shown, whatever stands in for it', () => {
  test.each(shown)('%s', async (_, set, args) => {
    const folder = changed()
    const honest = plainGit(folder, ...args)
    expect(honest).toContain('evil words')
    set(folder)
    expect(plainGit(folder, ...args)).not.toContain('evil words')
    const run = await localBrain(['--dry-run', '--base', 'base', '-s', 'summarize'], { cwd: folder.root })
    expect(run.stdout).toContain('evil words')
    const { results } = await attackWith(
      [
        { name: 'git_show', arguments: { revision: 'HEAD' } },
        { name: 'git_log', arguments: {} },
        { name: 'git_diff', arguments: { base: 'base' } },
      ],
      folder.root,
    )
    expect(results[0]).toContain('evil words')
    expect(results[0]).not.toContain('a.txt')
    expect(results[1]).toContain('start')
    expect(results[2]).toContain('evil words')
  })

  test('a shallow clone says what it does not know', async () => {
    const folder = changed()
    const clone = join(temporaryFolder().root, 'clone')
    execFileSync('git', ['clone', '-q', '--depth', '1', `file://${folder.root}`, clone], { env: gitEnvironment })
    const { results } = await attackWith(
      [
        { name: 'git_show', arguments: { revision: 'HEAD' } },
        { name: 'git_log', arguments: {} },
      ],
      clone,
    )
    expect(results[0]).toContain('the commit before it is not in this clone')
    expect(results[1]).toMatch(/^\w+ [\d-]+ A Person: second$/)
  })
})
