import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findRoot, openWorkspace } from '../../src/workspace/open.ts'
import type { ListOptions } from '../../src/workspace/workspace.ts'
import { createFolder, createRepository, environment, type Files, git, write } from '../workspace.ts'

async function list(root: string, options?: ListOptions, view: 'worktree' | 'index' = 'worktree') {
  return (await openWorkspace({ root, environment, view })).list(options)
}

const files = {
  'README.md': '',
  'app/(group)/[id].tsx': '',
  'src/a.ts': '',
  'src/a.test.ts': '',
  'src/deep/b.ts': '',
  'src/deep/c.js': '',
  '.github/ci.yml': '',
}
const everything = Object.keys(files).sort()

const kinds = {
  'a folder': (content: Files) => createFolder(content),
  'a repository': (content: Files) => createRepository(content),
  'new files of a repository': (content: Files) => {
    const folder = createFolder(content)
    git(folder, 'init', '-q')
    return folder
  },
}

describe.each(Object.entries(kinds))('in %s', (_, create) => {
  test('all files are listed, sorted', async () => {
    expect(await list(create(files))).toEqual({ paths: everything, truncated: false })
  })

  test.each<[ListOptions, string[]]>([
    [{ pattern: '*.ts' }, []],
    [{ pattern: '*.ts', anyDepth: true }, ['src/a.test.ts', 'src/a.ts', 'src/deep/b.ts']],
    [{ pattern: '**/*.ts' }, ['src/a.test.ts', 'src/a.ts', 'src/deep/b.ts']],
    [{ pattern: '**/*.{js,md}' }, ['README.md', 'src/deep/c.js']],
    [{ pattern: './src/?.ts' }, ['src/a.ts']],
    [{ pattern: 'src/[ab].ts' }, ['src/a.ts']],
    [{ pattern: 'src/deep/b.ts' }, ['src/deep/b.ts']],
    [{ pattern: 'app/(group)/*' }, ['app/(group)/[id].tsx']],
    [{ pattern: 'src/+(a).ts' }, []],
    [{ pattern: 'nothing/**' }, []],
    [{ under: 'src', pattern: '*.ts' }, ['src/a.test.ts', 'src/a.ts']],
    [{ under: './src/deep/' }, ['src/deep/b.ts', 'src/deep/c.js']],
    [{ under: 'src', pattern: '*', folders: true }, ['src/a.test.ts', 'src/a.ts', 'src/deep/']],
    [{ pattern: '*', folders: true }, ['.github/', 'README.md', 'app/', 'src/']],
    [{ under: 'app/(group)' }, ['app/(group)/[id].tsx']],
  ])('%j gives %j', async (options, paths) => {
    expect(await list(create(files), options)).toEqual({ paths, truncated: false })
  })

  test('a limit is told', async () => {
    const folder = create(files)
    expect(await list(folder, { limit: 2 })).toEqual({ paths: everything.slice(0, 2), truncated: true })
    expect(await list(folder, { limit: everything.length })).toMatchObject({ truncated: false })
  })

  test('a pattern that leaves its folder is refused', async () => {
    await expect(list(create(files), { pattern: '../*' })).rejects.toMatchObject({ code: 'usage' })
  })

  test('secrets, links and names that nobody chose are left out', async () => {
    const folder = create({ 'a.ts': '' })
    write(folder, { '.env': '', 'keys/id_rsa': '', 'deep/.ssh/config': '', 'bad\u0001name': '', 'bad\u001b[2J': '' })
    symlinkSync('a.ts', join(folder, 'link.ts'))
    symlinkSync('/etc', join(folder, 'etc'))
    symlinkSync('.', join(folder, 'self'))
    expect((await list(folder)).paths).toEqual(['a.ts'])
    for (const pattern of ['etc/passwd', 'etc/*', 'self/a.ts', 'self/**', '.env', 'link.ts', 'deep/.ssh/*'])
      expect((await list(folder, { pattern })).paths).toEqual([])
  })

  test('a link to a folder inside is listed under its real name', async () => {
    const folder = create(files)
    symlinkSync('src/deep', join(folder, 'short'))
    expect((await list(folder, { under: 'short' })).paths).toEqual(['src/deep/b.ts', 'src/deep/c.js'])
  })

  test('a folder that was swapped for a link is empty', async () => {
    const outside = createFolder({ 'a.ts': '' })
    const folder = create(files)
    rmSync(join(folder, 'src'), { recursive: true })
    symlinkSync(outside, join(folder, 'src'))
    for (const options of [{}, { pattern: 'src/*' }, { pattern: 'src/a.ts' }])
      expect((await list(folder, options)).paths).not.toContain('src/a.ts')
  })

  test('a file is no folder to list', async () => {
    await expect(list(create(files), { under: 'README.md' })).rejects.toMatchObject({
      code: 'unreadable-file',
      message: 'README.md is a file, not a folder',
    })
  })

  test('what is listed can be read, and nothing else is listed', async () => {
    const folder = create({ '.gitignore': 'x/\n', 'a.ts': 'a', 'x/b.ts': 'b', '.env': '' })
    const workspace = await openWorkspace({ root: folder, environment })
    const { paths } = await workspace.list()
    for (const path of paths) expect(await workspace.read(path)).toMatchObject({ path })
    expect(paths).toEqual(['.gitignore', 'a.ts'])
  })
})

describe('ignore files mean outside a repository what they mean to git', () => {
  const tree = {
    'a.log': '',
    'keep.log': '',
    'build/a.ts': '',
    'src/build/a.ts': '',
    'src/a.log': '',
    'src/keep.log': '',
    'src/deep/a.tmp': '',
    'src/deep/b.tmp': '',
    'docs/a.md': '',
    'docs/deep/a.md': '',
    '#hash': '',
  }
  test.each<[string, Files]>([
    ['a name', { '.gitignore': '*.log\n' }],
    ['a name that is taken back', { '.gitignore': '*.log\n!keep.log\n' }],
    ['a name that is taken back below', { '.gitignore': '*.log\n', 'src/.gitignore': '!*.log\n' }],
    ['a folder at any depth', { '.gitignore': 'build/\n' }],
    ['a folder at the root', { '.gitignore': '/build\n' }],
    [
      'nothing is taken back inside an ignored folder',
      { '.gitignore': 'src/\n!src/keep.log\n', 'src/.gitignore': '!*\n' },
    ],
    ['rules of a folder below', { 'src/deep/.gitignore': '*.tmp\n!b.tmp\n' }],
    ['stars', { '.gitignore': 'docs/**/a.md\n**/deep/*.tmp\n' }],
    ['comments and escapes', { '.gitignore': '# a.log\n\\#hash\n' }],
    ['everything but one', { '.gitignore': '*\n!*/\n!docs/**/a.md\n' }],
    ['Windows line ends', { '.gitignore': '*.log\r\nbuild/\r\n' }],
  ])('%s', async (_, rules) => {
    const folder = createFolder({ ...tree, ...rules })
    const { paths } = await list(folder)
    git(folder, 'init', '-q')
    expect(paths).toEqual((await list(folder)).paths)
    expect(paths.length).toBeGreaterThan(0)
  })
})

describe('a repository', () => {
  test('lists neither deleted files nor what other repositories hold', async () => {
    const folder = createRepository({ 'a.txt': '', 'gone.txt': '' })
    rmSync(join(folder, 'gone.txt'))
    git(folder, 'submodule', '--quiet', 'add', createRepository({ 'b.txt': '' }), 'sub')
    renameSync(createRepository({ 'c.txt': '' }), join(folder, 'nested'))
    expect((await list(folder)).paths).toEqual(['.gitmodules', 'a.txt'])
    expect((await list(folder, {}, 'index')).paths).toEqual(['.gitmodules', 'a.txt', 'gone.txt'])
  })

  test('opened below its top has paths relative to the root', async () => {
    const folder = createRepository(files)
    write(folder, { 'src/new.ts': '' })
    expect((await list(join(folder, 'src'), { pattern: '*.ts' })).paths).toEqual(['a.test.ts', 'a.ts', 'new.ts'])
    expect((await list(join(folder, 'src'), { under: 'deep' })).paths).toEqual(['deep/b.ts', 'deep/c.js'])
  })
})

describe('a folder outside any repository', () => {
  test('does not list what packages installed', async () => {
    const folder = createFolder({ 'a.ts': '', 'node_modules/x/index.js': '' })
    expect((await list(folder)).paths).toEqual(['a.ts'])
    expect((await list(folder, { under: 'node_modules' })).paths).toEqual(['node_modules/x/index.js'])
  })

  test('of endless depth ends', async () => {
    const folder = createFolder({ 'a.ts': '' })
    mkdirSync(join(folder, ...Array.from({ length: 300 }, () => 'd')), { recursive: true })
    write(folder, { [`${'d/'.repeat(299)}b.ts`]: '' })
    expect(await list(folder)).toEqual({ paths: ['a.ts'], truncated: true })
  })
})

describe('a root', () => {
  test.each(['/', '/proc', '/dev', '/proc/self'])('%s is refused', async (root) => {
    await expect(openWorkspace({ root, environment })).rejects.toMatchObject({ code: 'usage' })
  })

  test('that does not exist is named', async () => {
    const root = join(createFolder({ file: '' }), 'nowhere')
    await expect(openWorkspace({ root, environment })).rejects.toMatchObject({ code: 'missing-file' })
    await expect(openWorkspace({ root: join(root, '../file'), environment })).rejects.toMatchObject({
      code: 'missing-file',
    })
  })

  test('reached through a link is known by its real name', async () => {
    const folder = createFolder({ 'root/a.ts': 'x' })
    symlinkSync('root', join(folder, 'link'))
    const workspace = await openWorkspace({ root: join(folder, 'link'), environment })
    expect(workspace.root).toBe(join(folder, 'root'))
    expect(workspace.relative(join(folder, 'link/a.ts'))).toBe('a.ts')
    expect(await workspace.read(join(folder, 'link/a.ts'))).toMatchObject({ path: 'a.ts' })
  })

  test('is the top of the repository, else the folder a person stands in', async () => {
    const folder = createRepository({ 'src/a.ts': '' })
    expect(findRoot(join(folder, 'src'))).toBe(folder)
    const plain = createFolder({ 'src/a.ts': '' })
    expect(findRoot(join(plain, 'src'))).toBe(join(plain, 'src'))
  })

  test('gives every path inside one name, and none to a path outside', async () => {
    const folder = createFolder()
    const workspace = await openWorkspace({ root: folder, environment })
    const names = ['', '.', 'a', './a/../b', 'a/', join(folder, 'a/b')].map((path) => workspace.relative(path))
    expect(names).toEqual(['.', '.', 'a', 'b', 'a', 'a/b'])
    for (const path of ['..', '/etc/passwd', `${folder}-sibling/a`, 'a\0'])
      expect(() => workspace.relative(path)).toThrow('does not exist')
  })

  test('outside a repository has no index', async () => {
    const open = openWorkspace({ root: createFolder(), environment, view: 'index' })
    await expect(open).rejects.toMatchObject({ code: 'not-a-repository' })
  })
})
