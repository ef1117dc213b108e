import { chmodSync, existsSync, linkSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createEditor, type Editor } from '../../src/workspace/edit.ts'
import type { EditPolicy } from '../../src/workspace/edit-policy.ts'
import { openWorkspace } from '../../src/workspace/open.ts'
import { createFolder, createRepository, environment, type Files, git, write } from '../workspace.ts'

async function editorOf(root: string, policy?: EditPolicy): Promise<Editor> {
  return createEditor(await openWorkspace({ root, environment }), policy)
}

/** Writes one file, as a tool does. */
async function put(root: string, path: string, text: string, policy?: EditPolicy) {
  const editor = await editorOf(root, policy)
  return editor.replace(await editor.open(path), text).commit()
}

/** Changes part of a file's text. */
async function change(root: string, path: string, from: string, to: string) {
  const editor = await editorOf(root)
  const file = await editor.open(path)
  return editor
    .replace(
      file,
      (file.text ?? '').replace(from, () => to),
    )
    .commit()
}

/** Everything below a folder with its bytes, but for .git. */
function snapshot(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => !/^\.git(?:\/|$)/.test(name))
  return Object.fromEntries(
    names.sort().map((name) => {
      const stat = lstatSync(join(root, name))
      return [name, stat.isFile() ? readFileSync(join(root, name), 'latin1') : stat.isDirectory() ? '/' : '@']
    }),
  )
}

const missing = /does not exist$/

describe('a file is written', () => {
  test('whole, with the folders that it takes', async () => {
    const root = createFolder()
    expect(await put(root, 'src/deep/a.ts', 'one\ntwo\n')).toEqual({
      path: 'src/deep/a.ts',
      kind: 'create',
      added: 2,
      removed: 0,
    })
    expect(snapshot(root)).toEqual({ src: '/', 'src/deep': '/', 'src/deep/a.ts': 'one\ntwo\n' })
  })

  test('under its absolute path too', async () => {
    const root = createFolder({ 'a.txt': 'one\n' })
    expect(await put(root, join(root, 'a.txt'), 'two\n')).toMatchObject({ path: 'a.txt', kind: 'modify' })
  })

  test('and nobody else has to be told: a listing shows it, ignore rules count at once', async () => {
    const root = createRepository({ '.gitignore': 'out/\n', 'a.txt': 'one\n' })
    const workspace = await openWorkspace({ root, environment })
    const editor = createEditor(workspace)
    await editor.replace(await editor.open('b.txt'), 'two\n').commit()
    expect((await workspace.list()).paths).toContain('b.txt')
    await expect(editor.open('out/c.txt')).rejects.toThrow(missing)
  })
})

describe('nothing is written outside of the folder', () => {
  const places = [
    '../x',
    '/etc/x',
    'a/../../x',
    'C:\\x',
    'a\\b',
    'a\0b',
    `${'x'.repeat(300)}/b`,
    'x'.repeat(256),
    'a:b',
  ]
  test.each(places)('%j is told to be missing, and no folder is made', async (path) => {
    const outside = createFolder({ 'ws/a.txt': 'one\n' })
    const before = snapshot(outside)
    await expect(put(join(outside, 'ws'), path, 'x')).rejects.toThrow(missing)
    expect(snapshot(outside)).toEqual(before)
    expect(existsSync('/etc/x')).toBe(false)
  })

  test('through a folder that is a link', async () => {
    const outside = createFolder({ 'out/kept.txt': 'kept\n' })
    const root = createFolder()
    symlinkSync(join(outside, 'out'), join(root, 'link'))
    for (const path of ['link/new.txt', 'link/kept.txt', 'link/deep/new.txt'])
      await expect(put(root, path, 'x')).rejects.toThrow(missing)
    expect(snapshot(outside)).toEqual({ out: '/', 'out/kept.txt': 'kept\n' })
  })

  test('through a link to a file, or to nothing', async () => {
    const outside = createFolder({ 'kept.txt': 'kept\n' })
    const root = createFolder({ d: 'x' })
    symlinkSync(join(outside, 'kept.txt'), join(root, 'file'))
    symlinkSync(join(outside, 'new.txt'), join(root, 'dangling'))
    symlinkSync(join(outside, 'nowhere'), join(root, 'folder'))
    symlinkSync('loop', join(root, 'loop'))
    for (const path of ['file', 'dangling', 'folder/x', 'loop', 'd/x'])
      await expect(put(root, path, 'x')).rejects.toThrow(missing)
    expect(snapshot(outside)).toEqual({ 'kept.txt': 'kept\n' })
  })

  test('through another name of the same file', async () => {
    const outside = createFolder({ 'kept.txt': 'kept\n' })
    const root = createFolder()
    linkSync(join(outside, 'kept.txt'), join(root, 'a.txt'))
    await put(root, 'a.txt', 'changed\n')
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('changed\n')
    expect(readFileSync(join(outside, 'kept.txt'), 'utf8')).toBe('kept\n')
  })
})

describe('never written, under any spelling', () => {
  const git = ['.git/hooks/pre-commit', '.GIT/config', 'sub/.git/config', 'GIT~1/config', '．git/config']
  test.each(git)('%s, which is said to be read-only', async (path) => {
    const root = createRepository({ 'sub/a.txt': 'one\n' })
    const config = readFileSync(join(root, '.git/config'), 'utf8')
    await expect(put(root, path, 'x')).rejects.toThrow(/^\.git is read-only; local-brain commits with --branch$/)
    expect(readFileSync(join(root, '.git/config'), 'utf8')).toBe(config)
    expect(existsSync(join(root, 'sub/.git'))).toBe(false)
    expect(existsSync(join(root, '.git/hooks/pre-commit'))).toBe(false)
  })

  const secrets = [
    '.env',
    'sub/.ENV',
    'id_rsa',
    '.ssh/config',
    'a.pem',
    '.local-brain/skills/x.yaml',
    '.Local-Brain/x',
    '.config/Local-Brain/x',
  ]
  const odd = [
    '.g\u200cit/config',
    '.git /config',
    '.git./config',
    '.env ',
    '.git::$INDEX_ALLOCATION/config',
    'a\u202eb',
    'a\nb',
  ]
  test.each([...secrets, ...odd, 'out/a.js', 'out'])('%j, which is told to be missing', async (path) => {
    const root = createRepository({ '.gitignore': 'out\n' })
    await expect(put(root, path, 'x')).rejects.toThrow(missing)
    await expect((await editorOf(root)).move('.gitignore', path)).rejects.toThrow(missing)
    expect(snapshot(root)).toEqual({ '.gitignore': 'out\n' })
  })

  test('a secret that exists is not taken away or moved either', async () => {
    const root = createRepository({ '.env': 'KEY=1\n', 'a.txt': 'a\n' })
    const editor = await editorOf(root)
    await expect(editor.remove('.env')).rejects.toThrow(missing)
    await expect(editor.move('.env', 'env.txt')).rejects.toThrow(missing)
    await expect(editor.remove('.git/config')).rejects.toThrow('.git is read-only')
  })

  test('what a link inside leads to', async () => {
    const root = createRepository({ '.env': 'KEY=1\n' })
    symlinkSync('.env', join(root, 'settings'))
    symlinkSync('.git', join(root, 'store'))
    await expect(put(root, 'settings', 'x')).rejects.toThrow(missing)
    await expect(put(root, 'store/config', 'x')).rejects.toThrow('.git is read-only')
  })

  test('our own program', async () => {
    const root = createFolder({ 'tool/dist/run.js': 'run()\n' })
    const policy = { ours: [join(root, 'tool/dist')] }
    await expect(put(root, 'tool/dist/run.js', 'x', policy)).rejects.toThrow(missing)
    await expect(put(root, 'tool/dist/new.js', 'x', policy)).rejects.toThrow(missing)
  })

  test('ignored files and installed packages where there is no repository', async () => {
    const root = createFolder({ '.gitignore': '*.log\n' })
    for (const path of ['a.log', 'node_modules/a/index.js', '.venv/x.py'])
      await expect(put(root, path, 'x')).rejects.toThrow(missing)
  })

  test('what was ignored at the start, once the rules are taken away', async () => {
    const root = createFolder({ '.gitignore': '*.log\n' })
    const editor = await editorOf(root)
    await expect(editor.open('a.log')).rejects.toThrow(missing)
    await (await editor.remove('.gitignore')).commit()
    await expect(editor.open('a.log')).rejects.toThrow(missing)
  })

  test('what lies outside of the scope of a skill, with a reason', async () => {
    const root = createFolder({ 'src/a.ts': 'a\n', 'b.ts': 'b\n' })
    symlinkSync('../b.ts', join(root, 'src/link.ts'))
    const policy = { scope: ['src/**'] }
    await put(root, 'src/a.ts', 'x\n', policy)
    for (const path of ['b.ts', 'src/link.ts'])
      await expect(put(root, path, 'x\n', policy)).rejects.toThrow(
        `${path} is outside of what may be written here: src/**`,
      )
  })

  test('a name that is there with other bytes', async () => {
    const root = createFolder({ ['caf\u00e9.txt'.normalize('NFD')]: 'x' })
    await expect(put(root, 'caf\u00e9.txt', 'y')).rejects.toThrow('looks like a name that is there')
    await put(root, 'na\u00efve.txt', 'y')
  })
})

describe('only the meant bytes change', () => {
  const bytes = (text: string) => Buffer.from(text, 'latin1')
  test.each<[string, Buffer, Buffer]>([
    ['CRLF', bytes('one\r\ntwo\r\n'), bytes('one\r\nTWO\r\n')],
    ['a byte order mark', bytes('\xef\xbb\xbfone\ntwo\n'), bytes('\xef\xbb\xbfone\nTWO\n')],
    ['no final line end', bytes('one\ntwo'), bytes('one\nTWO')],
    ['Latin-1', bytes('caf\xe9\ntwo\n'), bytes('caf\xe9\nTWO\n')],
    ['broken UTF-8', bytes('\xff\xc3(\x80\ntwo\n'), bytes('\xff\xc3(\x80\nTWO\n')],
    ['mixed line ends', bytes('one\r\ntwo\nthree\r'), bytes('one\r\nTWO\nthree\r')],
  ])('%s', async (_, before, after) => {
    const root = createFolder({ 'a.txt': before })
    await change(root, 'a.txt', 'two', 'TWO')
    expect(readFileSync(join(root, 'a.txt'))).toEqual(after)
  })

  test('the mode stays, except for bits that lend somebody rights', async () => {
    const root = createFolder({ 'a.sh': 'two\n' })
    chmodSync(join(root, 'a.sh'), 0o4755)
    await change(root, 'a.sh', 'two', 'TWO')
    expect(statSync(join(root, 'a.sh')).mode & 0o7777).toBe(0o755)
  })

  test('a link stays a link, and the file behind it changes', async () => {
    const root = createFolder({ 'real/a.txt': 'two\n' })
    symlinkSync('real/a.txt', join(root, 'link'))
    await change(root, 'link', 'two', 'TWO')
    expect(lstatSync(join(root, 'link')).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(root, 'real/a.txt'), 'utf8')).toBe('TWO\n')
  })

  test('UTF-16 is refused with a reason', async () => {
    const root = createFolder({ 'a.txt': Buffer.from('\ufefftwo\n', 'utf16le') })
    await expect(change(root, 'a.txt', 'two', 'TWO')).rejects.toThrow('a.txt is UTF-16, which is not written here')
  })

  test('what Latin-1 does not have is refused with a reason', async () => {
    const root = createFolder({ 'a.txt': bytes('caf\xe9 two\n') })
    await expect(change(root, 'a.txt', 'two', '2 €')).rejects.toThrow(`a.txt is not UTF-8 and can't hold "€"`)
    expect(readFileSync(join(root, 'a.txt'))).toEqual(bytes('caf\xe9 two\n'))
  })

  test('binary files are refused', async () => {
    const root = createFolder({ 'a.bin': Buffer.from([1, 0, 2, 0, 0, 3]) })
    await expect(put(root, 'a.bin', 'x')).rejects.toThrow('a.bin is not a text file')
  })
})

describe('a write that cannot be done leaves everything as it was', () => {
  test('a file that is read-only', async () => {
    const root = createFolder({ 'a.txt': 'one\n', 'b.txt': 'b\n' })
    chmodSync(join(root, 'a.txt'), 0o444)
    await put(root, 'b.txt', 'two\n')
    await expect(put(root, 'a.txt', 'two\n')).rejects.toThrow('a.txt is read-only; nothing was changed')
    expect(snapshot(root)).toEqual({ 'a.txt': 'one\n', 'b.txt': 'two\n' })
  })

  test('a file that another program changed in between', async () => {
    const root = createFolder({ 'a.txt': 'one\n' })
    const editor = await editorOf(root)
    const draft = editor.replace(await editor.open('a.txt'), 'two\n')
    write(root, { 'a.txt': 'theirs\n' })
    await expect(draft.commit()).rejects.toThrow('a.txt has changed in the meantime')
    expect(snapshot(root)).toEqual({ 'a.txt': 'theirs\n' })
  })

  test('a file that another program made in between', async () => {
    const root = createFolder()
    const editor = await editorOf(root)
    const draft = editor.replace(await editor.open('new/a.txt'), 'two\n')
    write(root, { 'new/a.txt': 'theirs\n' })
    await expect(draft.commit()).rejects.toThrow('a.txt has changed in the meantime')
    expect(snapshot(root)).toEqual({ new: '/', 'new/a.txt': 'theirs\n' })
  })

  test('a file that is too large, before or after', async () => {
    const root = createFolder({ 'big.txt': 'x\n'.repeat(600_000) })
    await expect(put(root, 'big.txt', 'x')).rejects.toThrow('big.txt has 1.1 MB, and at most 1 MB can be written')
    await expect(put(root, 'a.txt', 'x'.repeat(50_000_000))).rejects.toThrow('at most 1 MB can be written')
    expect(readdirSync(root)).toEqual(['big.txt'])
  })
})

describe('files go and move', () => {
  test('a link goes, and what it leads to stays', async () => {
    const outside = createFolder({ 'kept.txt': 'kept\n' })
    const root = createFolder({ 'a.txt': 'a\n' })
    symlinkSync(join(outside, 'kept.txt'), join(root, 'link'))
    await (await (await editorOf(root)).remove('link')).commit()
    expect(readdirSync(root)).toEqual(['a.txt'])
    expect(snapshot(outside)).toEqual({ 'kept.txt': 'kept\n' })
  })

  test('the last tracked file goes, a folder does not', async () => {
    const root = createRepository({ 'src/a.txt': 'a\n' })
    const editor = await editorOf(root)
    await expect(editor.remove('src')).rejects.toThrow('src is a folder; only files can be written')
    expect(await (await editor.remove('src/a.txt')).commit()).toMatchObject({ kind: 'delete', added: 0, removed: 1 })
    expect(git(root, 'status', '--short')).toBe(' D src/a.txt\n')
  })

  test('what was shown is what goes', async () => {
    const root = createFolder({ 'a.txt': 'a\n' })
    const editor = await editorOf(root)
    const [removal, move] = [await editor.remove('a.txt'), await editor.move('a.txt', 'b.txt')]
    write(root, { 'a.txt': 'theirs\n' })
    await expect(removal.commit()).rejects.toThrow('a.txt has changed in the meantime; nothing was changed')
    await expect(move.commit()).rejects.toThrow('a.txt has changed in the meantime; nothing was changed')
    expect(snapshot(root)).toEqual({ 'a.txt': 'theirs\n' })
  })

  test('nothing is moved over something else', async () => {
    const root = createFolder({ 'a.txt': 'a\n', 'b.txt': 'b\n' })
    const editor = await editorOf(root)
    await expect(editor.move('a.txt', 'b.txt')).rejects.toThrow('b.txt exists already; nothing was changed')
    await expect(editor.move('a.txt', 'a.txt')).rejects.toThrow('a.txt exists already')
    const draft = await editor.move('a.txt', 'deep/c.txt')
    write(root, { 'deep/c.txt': 'theirs\n' })
    await expect(draft.commit()).rejects.toThrow('deep/c.txt exists already')
    expect(await (await editor.move('a.txt', 'deeper/c.txt')).commit()).toMatchObject({ kind: 'move', from: 'a.txt' })
    expect(snapshot(root)).toMatchObject({ 'deeper/c.txt': 'a\n', 'deep/c.txt': 'theirs\n', 'b.txt': 'b\n' })
    expect(existsSync(join(root, 'a.txt'))).toBe(false)
  })

  test('data is moved and taken away as it is', async () => {
    const root = createFolder({ 'a.bin': Buffer.from([0, 1, 2, 255]) })
    const editor = await editorOf(root)
    await (await editor.move('a.bin', 'b.bin')).commit()
    expect(readFileSync(join(root, 'b.bin'))).toEqual(Buffer.from([0, 1, 2, 255]))
    await (await editor.remove('b.bin')).commit()
    expect(readdirSync(root)).toEqual([])
  })
})

describe('what goes beyond the limits of a run is said before it is done', () => {
  const limits = { files: 2, lines: 10 }
  test('too many files', async () => {
    const editor = await editorOf(createFolder(), { limits })
    const draft = async (path: string) => editor.replace(await editor.open(path), 'x\n')
    for (const path of ['a', 'b', 'a']) await (await draft(path)).commit()
    const third = await draft('c')
    expect(third.overLimit).toBe('this run has changed 2 files, which is its limit')
    await third.commit()
    expect((await draft('d')).overLimit).toBeUndefined()
  })

  test('too many lines', async () => {
    const editor = await editorOf(createFolder(), { limits })
    const draft = editor.replace(await editor.open('a'), 'x\n'.repeat(11))
    expect(draft.overLimit).toBe('this run would change more than 10 lines, which is its limit')
  })
})

describe('files that something else runs or obeys', () => {
  const cases: [string, string | undefined, string | undefined, string | undefined][] = [
    ['.github/workflows/ci.yml', undefined, 'x', 'GitHub runs it'],
    ['.GitHub/Workflows/ci.yml', undefined, 'x', 'GitHub runs it'],
    ['.gitlab-ci.yml', 'x', undefined, 'GitLab runs it'],
    ['.husky/pre-commit', 'x', 'y', 'git runs it as a hook'],
    ['lefthook.yml', 'x', 'y', 'git runs it as a hook'],
    ['.pre-commit-config.yaml', 'x', 'y', 'git runs it as a hook'],
    ['.devcontainer/devcontainer.json', 'x', 'y', 'editors run it'],
    ['app/.vscode/tasks.json', 'x', 'y', 'editors run it'],
    ['.idea/workspace.xml', 'x', 'y', 'editors run it'],
    ['.zed/tasks.json', 'x', 'y', 'editors run it'],
    ['.claude/settings.json', 'x', 'y', 'agents obey it'],
    ['.codex/config.toml', 'x', 'y', 'agents obey it'],
    ['.gemini/settings.json', 'x', 'y', 'agents obey it'],
    ['.cursor/rules/a.mdc', 'x', 'y', 'agents obey it'],
    ['.mcp.json', 'x', 'y', 'agents run it'],
    ['.envrc', 'x', 'y', 'direnv runs it'],
    ['CLAUDE.md', 'x', 'y', 'agents obey it'],
    ['docs/AGENTS.md', 'x', 'y', 'agents obey it'],
    ['GEMINI.md', 'x', 'y', 'agents obey it'],
    ['.gitmodules', 'x', 'y', 'git obeys it'],
    ['sub/.gitattributes', 'x', 'y', 'git obeys it'],
    ['made/HEAD', undefined, 'ref: refs/heads/main', 'git obeys it'],
    ['test/old.git/config', 'x', 'y', 'git obeys it'],
    ['old.git/hooks/pre-receive', undefined, 'y', 'git runs it as a hook'],
    ['sub/.hg/hgrc', undefined, 'y', 'a version control system obeys it'],
    ['.cargo/config.toml', undefined, 'y', 'cargo obeys it'],
    ['.gitea/workflows/a.yml', undefined, 'y', 'a CI server runs it'],
    ['.kiro/steering/a.md', undefined, 'y', 'agents obey it'],
    ['package.json', '{"scripts":{"test":"a"}}', '{"scripts":{"test":"b"}}', 'npm runs its scripts'],
    ['package.json', undefined, '{"bin":"a.js"}', 'npm runs its scripts'],
    ['sub/package.json', '{"name":"a"}', '{"name":"a"', 'npm runs its scripts'],
    ['package.json', '{"name":"a","scripts":{}}', '{"name":"b"}', undefined],
    ['package.json', '{"scripts":{"test":"a"}}', '{"scripts":{"test":"a"},"version":"2"}', undefined],
    ['src/a.ts', 'x', 'y', undefined],
    ['docs/github/workflows.md', 'x', 'y', undefined],
    ['README.md', 'x', 'y', undefined],
  ]
  test.each(cases)('%s', async (path, before, after, expected) => {
    const { sensitivityOf } = await import('../../src/workspace/sensitive.ts')
    expect(sensitivityOf(path, before, after)).toBe(expected)
  })

  test('are marked in a draft, unless the person names them as exceptions', async () => {
    const files: Files = { 'AGENTS.md': 'x\n', 'a.txt': 'x\n' }
    const draftOf = async (path: string, policy?: EditPolicy) => {
      const editor = await editorOf(createFolder(files), policy)
      return editor.replace(await editor.open(path), 'y\n')
    }
    expect((await draftOf('AGENTS.md')).sensitive).toBe('agents obey it')
    expect((await draftOf('AGENTS.md', { allowPaths: ['AGENTS.md'] })).sensitive).toBeUndefined()
    expect((await draftOf('AGENTS.md', { allowPaths: ['docs/**'] })).sensitive).toBe('agents obey it')
    const editor = await editorOf(createFolder(files))
    expect((await editor.move('a.txt', '.vscode/tasks.json')).sensitive).toBe('editors run it')
    expect((await editor.move('AGENTS.md', 'old.md')).sensitive).toBe('agents obey it')
    expect((await editor.remove('AGENTS.md')).sensitive).toBe('agents obey it')
  })
})
