import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type TakeOver, openWorkingCopy } from '../../src/app/working-copy.ts'
import type { AgentEvent } from '../../src/core/events.ts'
import { createEditor } from '../../src/workspace/edit.ts'
import { openWorkspace } from '../../src/workspace/open.ts'
import { everyByte } from '../workspace/changes/project.ts'
import { createConflict, createFolder, createRepository, environment, git, write } from '../workspace.ts'

/** A person whom git knows, in a home of their own. */
function person() {
  const home = createFolder({ '.gitconfig': '[user]\n\tname = A Person\n\temail = person@example.org\n' })
  const paths = { config: join(home, 'config'), state: join(home, 'state'), cache: join(home, 'cache') }
  return { paths, environment: { ...environment, HOME: home } }
}

async function copyOf(root: string, takeOver: TakeOver = {}, whole = true) {
  const events: AgentEvent[] = []
  const { paths, environment } = person()
  const workspace = await openWorkspace({ root, whole, environment })
  const { signal } = new AbortController()
  const copy = await openWorkingCopy(workspace, {
    paths,
    environment,
    takeOver,
    emit: (event) => events.push(event),
    signal,
  })
  return { copy, events, paths }
}

const commit = (root: string) => git(root, 'log', '--format=%an <%ae> %s', '-1', 'fix/it').trim()

describe('a run that may write works in a copy', () => {
  test('its tools see the files, rules and history of the project, under the same names', async () => {
    const root = createRepository({ 'src/a.ts': 'one\n', '.gitignore': 'dist\n', 'b.txt': 'b\n' })
    write(root, { 'b.txt': 'mine\n', 'new.txt': 'new\n', 'dist/x': 'x', 'node_modules/y/index.js': 'y' })
    write(root, { '.gitignore': 'dist\nnode_modules/\n' })
    const { copy, events } = await copyOf(root)
    const { workspace } = copy
    expect((await workspace.list()).paths).toEqual(['.gitignore', 'b.txt', 'new.txt', 'src/a.ts'])
    expect((await workspace.read('b.txt')).text).toBe('mine\n')
    expect(await workspace.git?.run(['status', '--porcelain'])).toBe(' M .gitignore\n M b.txt\n?? new.txt\n')
    expect(await workspace.git?.run(['log', '--format=%s'])).toBe('first\n')
    expect(events.map(({ type }) => type)).toEqual(['snapshot'])
    await copy.remove()
    expect(existsSync(workspace.root)).toBe(false)
  })

  test('in a folder of a repository, paths are relative to that folder', async () => {
    const root = createRepository({ 'src/a.ts': 'one\n', 'b.txt': 'b\n' })
    const { copy } = await copyOf(join(root, 'src'), {}, false)
    expect((await copy.workspace.list()).paths).toEqual(['a.ts'])
    write(copy.workspace.root, { 'a.ts': 'two\n' })
    const { changes, patch } = await copy.finish('a change')
    expect(changes).toMatchObject([{ path: 'a.ts', kind: 'modify', added: 1, removed: 1 }])
    expect(patch).toContain('--- a/src/a.ts\n')
    await copy.remove()
  })

  test('what another program runs by itself is marked, and so is a changed script of a package', async () => {
    const root = createRepository({ 'package.json': '{"scripts":{"test":"x"},"version":"1"}\n', 'AGENTS.md': 'a\n' })
    const { copy } = await copyOf(root)
    write(copy.workspace.root, {
      'package.json': '{"scripts":{"test":"y"},"version":"1"}\n',
      'AGENTS.md': 'b\n',
      'sub/package.json': '{"version":"2"}\n',
    })
    const { changes } = await copy.finish('a change')
    expect(changes.map(({ path, sensitive }) => [path, sensitive])).toEqual([
      ['AGENTS.md', true],
      ['package.json', true],
      ['sub/package.json', false],
    ])
    await copy.remove()
  })

  test('applied in the same breath, unless a file was changed while it worked: then the proposal stays', async () => {
    const root = createRepository({ 'a.txt': 'one\n' })
    const first = await copyOf(root, { apply: true })
    write(first.copy.workspace.root, { 'a.txt': 'two\n' })
    expect(await first.copy.finish('a change')).toMatchObject({ proposal: { applied: true }, error: undefined })
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('two\n')
    expect(readFileSync(join(first.paths.state, 'audit.jsonl'), 'utf8')).toMatch(/"what":"change".*"path":"a.txt"/)
    const second = await copyOf(root, { apply: true })
    write(second.copy.workspace.root, { 'a.txt': 'three\n' })
    write(root, { 'a.txt': 'mine\n' })
    const { proposal, error } = await second.copy.finish('a change')
    expect({ proposal, code: error?.code }).toMatchObject({ proposal: { applied: false }, code: 'usage' })
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('mine\n')
  })
})

describe('what is ignored is what was ignored at the start', () => {
  test.each([
    ['in a repository', createRepository],
    ['in a folder without git', createFolder],
  ])('whatever is written into a .gitignore: %s', async (_, create) => {
    const root = create({ '.gitignore': 'dist/\n*.local\n', 'sub/.gitignore': 'gen\n', 'a.txt': 'a\n' })
    const { copy } = await copyOf(root)
    const { workspace } = copy
    const editor = createEditor(workspace)
    const put = async (path: string, text: string) => editor.replace(await editor.open(path), text).commit()
    await put('.gitignore', 'notes.txt\n')
    await (await editor.remove('sub/.gitignore')).commit()
    for (const path of ['dist/a.js', 'my.local', 'sub/gen'])
      await expect(editor.open(path)).rejects.toMatchObject({ code: 'not-available' })
    // As a command may leave them.
    write(workspace.root, { 'dist/a.js': 'built\n', 'sub/gen': 'made\n' })
    await put('notes.txt', 'a note\n')
    expect((await workspace.read('notes.txt')).text).toBe('a note\n')
    expect((await workspace.list()).paths.filter((path) => /dist|gen/.test(path))).toEqual([])
    await expect(workspace.read('dist/a.js')).rejects.toMatchObject({ code: 'not-available' })
    const { changes } = await copy.finish('a change')
    expect(changes.map(({ path, kind }) => [path, kind])).toEqual([
      ['.gitignore', 'modify'],
      ['notes.txt', 'create'],
      ['sub/.gitignore', 'delete'],
    ])
    // The rules of the copy itself would say otherwise.
    const plain = createEditor(await openWorkspace({ root: workspace.root, environment }))
    await expect(plain.open('dist/b.js')).resolves.toMatchObject({ text: undefined })
    await copy.remove()
  })

  test('a tree where a file stands in the place of a folder is listed as it is', async () => {
    const root = createRepository({ 'src/a.ts': 'one\n', 'b.txt': 'b\n' })
    const { copy } = await copyOf(root)
    const editor = createEditor(copy.workspace)
    await (await editor.remove('src/a.ts')).commit()
    rmSync(join(copy.workspace.root, 'src'), { recursive: true, force: true })
    await editor.replace(await editor.open('src'), 'a file\n').commit()
    expect((await copy.workspace.list()).paths).toEqual(['b.txt', 'src'])
    await expect(copy.workspace.read('src/a.ts')).rejects.toMatchObject({ code: 'not-available' })
    await copy.remove()
  })
})

test('a name that a command made up steers no terminal: it is escaped, and not taken over', async () => {
  const { copy } = await copyOf(createRepository({ 'a.txt': 'one\n' }))
  write(copy.workspace.root, { 'a\u001b[2J\u202eb': 'x', 'c\nd': 'x', 'a.txt': 'two\n' })
  const { changes, warnings, patch } = await copy.finish('a change')
  expect(changes.map(({ path }) => path)).toEqual(['a.txt'])
  expect(warnings).toEqual([
    String.raw`a\u{1b}[2J\u{202e}b was not taken over: its name is odd`,
    'c d was not taken over: its name is odd',
  ])
  expect(patch).not.toMatch(/[\u001b\u202e]/)
  await copy.remove()
})

describe('--branch commits what was changed and leaves the working tree, the index and HEAD alone', () => {
  const changeIn = async (root: string, files = { 'a.txt': 'two\n', 'new.txt': 'new\n' }) => {
    const { copy, paths } = await copyOf(root, { branch: 'fix/it' })
    write(copy.workspace.root, files)
    const changed = await copy.finish('mend the rounding\nwith a second line')
    await copy.remove()
    return { ...changed, paths }
  }

  test.each([
    ['on a branch', () => createRepository({ 'a.txt': 'one\n', 'b.txt': 'b\n' })],
    [
      'with a detached HEAD',
      () => {
        const root = createRepository({ 'a.txt': 'one\n', 'b.txt': 'b\n' })
        git(root, 'checkout', '-q', '--detach')
        return root
      },
    ],
    [
      'before the first commit',
      () => {
        const root = createFolder({ 'a.txt': 'one\n', 'b.txt': 'b\n' })
        git(root, 'init', '-q', '-b', 'main')
        return root
      },
    ],
    [
      'in a linked work tree',
      () => {
        const main = createRepository({ 'a.txt': 'one\n', 'b.txt': 'b\n' })
        const linked = join(createFolder(), 'linked')
        git(main, 'worktree', 'add', '-q', '-b', 'side', linked)
        return linked
      },
    ],
  ])('%s', async (_, make) => {
    const root = make()
    const before = everyByte(root)
    const { proposal, error } = await changeIn(root)
    expect({ proposal, error }).toMatchObject({ proposal: { branch: 'fix/it', applied: false }, error: undefined })
    expect(commit(root)).toBe('A Person <person@example.org> mend the rounding with a second line')
    expect(git(root, 'show', 'fix/it:a.txt')).toBe('two\n')
    const added = Object.keys(everyByte(root)).filter((path) => !(path in before) && !path.startsWith('.git/objects/'))
    expect(added.filter((path) => !/^\.git\/(?:logs|refs\/heads\/fix)/.test(path))).toEqual([])
    for (const [path, bytes] of Object.entries(before))
      if (!path.startsWith('.git/objects/')) expect([path, everyByte(root)[path]]).toEqual([path, bytes])
  })

  test('no hook of the repository runs, and line ends become what the repository keeps', async () => {
    const root = createRepository({ 'a.txt': 'one\r\n', '.gitattributes': '* text=auto\n' })
    const marker = join(createFolder(), 'ran')
    for (const hook of ['pre-commit', 'reference-transaction', 'post-commit', 'commit-msg']) {
      write(root, { [`.git/hooks/${hook}`]: `#!/bin/sh\ntouch ${marker}\n` })
      chmodSync(join(root, '.git/hooks', hook), 0o755)
    }
    await changeIn(root, { 'a.txt': 'two\r\n', 'new.txt': 'new\r\n' })
    expect(git(root, 'show', 'fix/it:a.txt')).toBe('two\n')
    expect(existsSync(marker)).toBe(false)
    git(root, 'branch', 'plain')
    expect(existsSync(marker)).toBe(true)
  })

  const clean = () => createRepository({ 'a.txt': 'one\n' })
  test.each([
    [
      'uncommitted changes',
      () => {
        const root = clean()
        write(root, { 'a.txt': 'mine\n' })
        return root
      },
      'fix/it',
    ],
    ['a merge', createConflict, 'fix/it'],
    [
      'a rebase that is going on',
      () => {
        const root = clean()
        git(root, 'checkout', '-q', '-b', 'side')
        git(root, 'commit', '-q', '--allow-empty', '-m', 'side')
        expect(() => git(root, 'rebase', '-q', '--force-rebase', '-x', 'false', 'main')).toThrow(/./)
        return root
      },
      'fix/it',
    ],
    ['a name that exists', clean, 'main'],
    ['a name that is none', clean, 'a..b'],
    ['an option', clean, '--force'],
    ['a folder without git', () => createFolder({ 'a.txt': 'one\n' }), 'fix/it'],
  ])('it is refused before anything is done: %s', async (_, make, branch) => {
    const root = make()
    const { paths, environment } = person()
    const workspace = await openWorkspace({ root, environment })
    const { signal } = new AbortController()
    const opening = openWorkingCopy(workspace, {
      paths,
      environment,
      takeOver: { branch },
      emit: () => undefined,
      signal,
    })
    await expect(opening).rejects.toMatchObject({ code: expect.stringMatching(/^(usage|not-a-repository)$/) as string })
    expect(existsSync(join(paths.cache, 'scratch'))).toBe(false)
  })

  test('a submodule that was changed is named and not included', async () => {
    const root = createRepository({ 'a.txt': 'one\n' })
    git(root, 'submodule', 'add', '-q', clean(), 'sub')
    git(root, 'commit', '-q', '-m', 'sub')
    const { copy } = await copyOf(root)
    execFileSync('git', ['clone', '-q', clean(), join(copy.workspace.root, 'sub')])
    write(copy.workspace.root, { 'sub/a.txt': 'changed\n' })
    const { changes, warnings } = await copy.finish('a change')
    expect(changes).toEqual([])
    expect(warnings).toEqual(['sub was not taken over: a repository of its own'])
    await copy.remove()
  })
})
