import {
  chmodSync,
  existsSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { applyProposal, recoverChanges, undoProposal } from '../../../src/workspace/changes/apply.ts'
import { findProposal, listProposals, type Proposal } from '../../../src/workspace/changes/proposal.ts'
import type { ChangeStore } from '../../../src/workspace/changes/store.ts'
import { tidy } from '../../../src/workspace/changes/tidy.ts'
import { createFolder, createRepository, write } from '../../workspace.ts'
import { everyByte, proposeIn, storeOf } from './project.ts'

const files = {
  'src/a.ts': 'one\ntwo\nthree\nfour\nfive\n',
  'b.txt': 'b\n',
  'gone.txt': 'gone\n',
  'old.txt': 'some\nlines\nhere\n',
}

function change(copy: string): void {
  write(copy, { 'src/a.ts': 'one\nTWO\nthree\nfour\nfive\n', 'new/deep/c.txt': 'c' })
  rmSync(join(copy, 'gone.txt'))
  renameSync(join(copy, 'old.txt'), join(copy, 'moved.txt'))
}

async function proposed(store: ChangeStore, how = change): Promise<Proposal> {
  const { proposed: one } = await proposeIn(store, how)
  if (one === undefined) throw new Error('nothing was proposed')
  return one.proposal
}

describe.each([
  ['in a repository', createRepository],
  ['in a folder without git', createFolder],
])('%s', (_, create) => {
  test('a proposal changes nothing; applied it does, and undone every byte is as before', async () => {
    const top = create(files)
    const store = await storeOf(top)
    const before = everyByte(top)
    const proposal = await proposed(store)
    expect(everyByte(top)).toEqual(before)
    await applyProposal(store, proposal)
    expect(readFileSync(join(top, 'src/a.ts'), 'utf8')).toBe('one\nTWO\nthree\nfour\nfive\n')
    expect(readFileSync(join(top, 'new/deep/c.txt'), 'utf8')).toBe('c')
    expect(existsSync(join(top, 'gone.txt'))).toBe(false)
    expect(readdirSync(top).filter((name) => name.includes('local-brain'))).toEqual([])
    const applied = (await findProposal(store.folder, proposal.id)) as Proposal
    await undoProposal(store, applied)
    expect(everyByte(top)).toEqual(before)
  })
})

test('a file that was changed since is named, and nothing is written', async () => {
  const top = createRepository(files)
  const store = await storeOf(top)
  const proposal = await proposed(store)
  write(top, { 'src/a.ts': 'mine\n' })
  const before = everyByte(top)
  await expect(applyProposal(store, proposal)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('src/a.ts') as string,
  })
  expect(everyByte(top)).toEqual(before)
})

test('with 3way a change of the person and the proposed one come together', async () => {
  const top = createRepository(files)
  const store = await storeOf(top)
  const proposal = await proposed(store)
  write(top, { 'src/a.ts': 'one\ntwo\nthree\nfour\nFIVE\n' })
  const before = everyByte(top)
  expect(await applyProposal(store, proposal, { merge: true })).toMatchObject({ conflicts: [] })
  expect(readFileSync(join(top, 'src/a.ts'), 'utf8')).toBe('one\nTWO\nthree\nfour\nFIVE\n')
  await undoProposal(store, (await findProposal(store.folder, proposal.id)) as Proposal)
  expect(everyByte(top)).toEqual(before)
})

test('where both changed the same line there are marks, and the files are named', async () => {
  const top = createRepository(files)
  const store = await storeOf(top)
  const proposal = await proposed(store)
  write(top, { 'src/a.ts': 'one\nmine\nthree\nfour\nfive\n' })
  expect(await applyProposal(store, proposal, { merge: true })).toMatchObject({ conflicts: ['src/a.ts'] })
  expect(readFileSync(join(top, 'src/a.ts'), 'utf8')).toContain('<<<<<<< yours\nmine\n')
})

test('an undo names what was changed since; forced it takes that back too, and can be taken back itself', async () => {
  const top = createRepository(files)
  const store = await storeOf(top)
  const before = everyByte(top)
  const { proposal } = await applyProposal(store, await proposed(store))
  write(top, { 'src/a.ts': 'edited\n' })
  await expect(undoProposal(store, proposal)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('src/a.ts') as string,
  })
  const { proposal: undo } = await undoProposal(store, proposal, { force: true })
  expect(everyByte(top)).toEqual(before)
  await undoProposal(store, undo)
  expect(readFileSync(join(top, 'src/a.ts'), 'utf8')).toBe('edited\n')
  expect(await findProposal(store.folder, proposal.id)).toMatchObject({ applied: { at: expect.any(String) as string } })
})

describe('a file in place of a folder, a folder in place of a file', () => {
  const both = { 'notes/one.md': '1\n', 'notes/deep/two.md': '2\n', config: 'all in one\n', 'x/y': 'y\n' }
  const swap = (copy: string) => {
    for (const path of ['notes', 'config', 'x/y']) rmSync(join(copy, path), { recursive: true })
    write(copy, { notes: '1 and 2\n', 'config/a/b.ini': 'a\n', 'config/c.ini': 'c\n', 'x/y/z/end': 'z\n' })
  }

  test('is applied and taken back, and every byte is as before', async () => {
    const top = createRepository(both)
    chmodSync(join(top, 'notes'), 0o750)
    const store = await storeOf(top)
    const before = everyByte(top)
    const { proposal } = await applyProposal(store, await proposed(store, swap))
    const after = everyByte(top)
    expect(readFileSync(join(top, 'notes'), 'utf8')).toBe('1 and 2\n')
    expect(readFileSync(join(top, 'config/a/b.ini'), 'utf8')).toBe('a\n')
    expect(readFileSync(join(top, 'x/y/z/end'), 'utf8')).toBe('z\n')
    const { proposal: undo } = await undoProposal(store, proposal)
    expect(everyByte(top)).toEqual(before)
    await undoProposal(store, undo)
    expect(everyByte(top)).toEqual(after)
  })

  test.each([
    ['another file came into the folder', 'notes', (top: string) => write(top, { 'notes/mine.md': 'mine\n' })],
    [
      'the file became a folder',
      'config',
      (top: string) => (rmSync(join(top, 'config')), write(top, { 'config/x': 'x' })),
    ],
    [
      'a folder on the way became a file',
      'x/y',
      (top: string) => (rmSync(join(top, 'x'), { recursive: true }), write(top, { x: 'a file\n' })),
    ],
    [
      'the folder became a link',
      'notes',
      (top: string) => (rmSync(join(top, 'notes'), { recursive: true }), symlinkSync('src', join(top, 'notes'))),
    ],
  ])('nothing is written, and the place is named, when meanwhile %s', async (_, place, meanwhile) => {
    const top = createRepository(both)
    const store = await storeOf(top)
    const proposal = await proposed(store, swap)
    meanwhile(top)
    const before = everyByte(top)
    for (const options of [{}, { merge: true }])
      await expect(applyProposal(store, proposal, options)).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringContaining(place) as string,
      })
    expect(everyByte(top)).toEqual(before)
  })

  test('a new file is not put where a folder is, nor below a file', async () => {
    const top = createRepository(files)
    const store = await storeOf(top)
    const proposal = await proposed(store, (copy) => write(copy, { 'new/deep/c.txt': 'c', fresh: 'f' }))
    write(top, { new: 'a file\n', 'fresh/x': 'x\n' })
    const before = everyByte(top)
    await expect(applyProposal(store, proposal)).rejects.toMatchObject({
      code: 'usage',
      message: 'Changed since: fresh, new/deep/c.txt; nothing was written',
    })
    expect(everyByte(top)).toEqual(before)
  })
})

test('a file keeps its permissions, and another name of it keeps its content', async () => {
  const top = createRepository(files)
  const store = await storeOf(top)
  chmodSync(join(top, 'src/a.ts'), 0o640)
  const proposal = await proposed(store, (copy) => {
    write(copy, { 'src/a.ts': 'two\n', 'run.sh': '#!/bin/sh\n', '-rf': 'a name like an option\n' })
    chmodSync(join(copy, 'run.sh'), 0o4755)
  })
  await applyProposal(store, proposal)
  expect(readFileSync(join(top, '-rf'), 'utf8')).toBe('a name like an option\n')
  expect((statSync(join(top, 'src/a.ts')).mode & 0o7777).toString(8)).toBe('640')
  expect((statSync(join(top, 'run.sh')).mode & 0o7777).toString(8)).toBe((0o777 & ~process.umask()).toString(8))
})

describe('what is never taken over', () => {
  test('links, secrets, settings of git, ignored files and repositories of their own; all but secrets are named', async () => {
    const top = createRepository({ ...files, '.gitignore': 'dist\n' })
    const store = await storeOf(top)
    const { proposed: one, notTaken } = await proposeIn(store, (copy) => {
      symlinkSync('/etc/passwd', join(copy, 'link'))
      write(copy, {
        '.env': 'A=1',
        'dist/x': 'x',
        '.local-brain/skills/x.yaml': 'name: x',
        'sub/.git/config': '[core]\n',
        'b.txt': 'changed\n',
        'odd\u202ename': 'x',
      })
      rmSync(join(copy, '.gitignore'))
    })
    expect(one?.proposal.changes.map(({ path }) => path)).toEqual(['.gitignore', 'b.txt'])
    expect(one?.patch.toString()).not.toMatch(/passwd|skills/)
    expect(notTaken.map(({ path }) => path).sort()).toEqual(['.local-brain/skills/x.yaml', 'link', 'odd\u202ename'])
  })

  test('a folder that became a link leads nowhere', async () => {
    const top = createRepository(files)
    const store = await storeOf(top)
    const proposal = await proposed(store, (copy) => writeFileSync(join(copy, 'src/a.ts'), 'x'))
    const outside = createFolder({ 'a.ts': files['src/a.ts'] })
    rmSync(join(top, 'src'), { recursive: true })
    symlinkSync(outside, join(top, 'src'))
    await expect(applyProposal(store, proposal)).rejects.toMatchObject({ code: 'usage' })
    expect(readFileSync(join(outside, 'a.ts'), 'utf8')).toBe(files['src/a.ts'])
  })

  test('a pipe in place of a file is not the same as a deleted one', async () => {
    const top = createRepository(files)
    const store = await storeOf(top)
    const { proposed: one } = await proposeIn(store, (copy) => {
      rmSync(join(copy, 'b.txt'))
      process.getBuiltinModule('node:child_process').execFileSync('mkfifo', [join(copy, 'b.txt')])
    })
    expect(one).toBeUndefined()
  })
})

test('whatever a kept proposal says, .git, secrets and odd names are not written', async () => {
  const top = createRepository(files)
  const store = await storeOf(top)
  const proposal = await proposed(store)
  for (const path of ['.git/hooks/pre-commit', 'sub/.GIT/config', '.env', '.local-brain/skills/x.yaml', '../out']) {
    const [first] = proposal.changes
    const forged = {
      ...proposal,
      changes: [{ ...first, path, kind: 'create' as const, from: undefined, before: null }],
    }
    await expect(applyProposal(store, forged as Proposal)).rejects.toMatchObject({ code: 'usage' })
  }
})

test('while another one is at it, nothing is begun', async () => {
  const top = createRepository(files)
  const store = await storeOf(top)
  const journal = { schema: 'local-brain.journal/1', pid: process.ppid, steps: [], made: [], records: [] }
  write(store.folder, { 'journal.json': JSON.stringify(journal) })
  await expect(recoverChanges(store)).rejects.toMatchObject({ code: 'usage' })
  write(store.folder, { 'journal.json': JSON.stringify({ ...journal, pid: 999_999_999 }) })
  expect(await recoverChanges(store)).toBe('An interrupted change was finished')
  expect(await recoverChanges(store)).toBeUndefined()
})

test('above the size that a project may take the oldest proposals go, with their contents', async () => {
  const top = createRepository(files)
  const store = await storeOf(top)
  const content = (seed: string) => createHash('shake256', { outputLength: 300_000 }).update(seed).digest('hex')
  const all: Proposal[] = []
  for (const seed of ['1', '2', '3'])
    all.push(await proposed(store, (copy) => write(copy, { 'big.txt': content(seed) })))
  const { folder } = await store.own.place()
  const bytes = () =>
    readdirSync(store.folder, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(store.folder, name)))
      .reduce((sum, found) => sum + (found.isFile() ? found.size : 0), 0)
  // What a run of this moment may need stays: what the snapshots wrote is an hour old here.
  for (const name of readdirSync(join(folder, 'objects'), { recursive: true, encoding: 'utf8' }))
    if (!name.startsWith('pack')) utimesSync(join(folder, 'objects', name), 1, Date.now() / 1000 - 7200)
  await tidy(store, { maxBytes: 2_500_000 })
  const [, second, third] = all.map(({ id }) => id)
  expect((await listProposals(store.folder)).map(({ id }) => id)).toEqual([third, second])
  expect(bytes()).toBeLessThan(2_500_000)
  for (const [at, proposal] of all.entries()) {
    if (at === 0) await expect(applyProposal(store, proposal)).rejects.toThrow(/./)
    else await undoProposal(store, (await applyProposal(store, proposal)).proposal)
  }
  await tidy(store, { maxBytes: 1 })
  expect((await listProposals(store.folder)).length).toBe(1)
})

test('the last twenty are kept, old ones and their contents go, and an undo pushes no proposal out', async () => {
  const top = createRepository(files)
  const store = await storeOf(top)
  const first = await proposed(store)
  const { applied, ...rest } = first
  const aged = (id: string, created: string, kind: Proposal['kind']) =>
    write(store.folder, { [`${id}.json`]: JSON.stringify({ ...rest, applied, id, kind, created, packs: [] }) })
  const now = new Date().toISOString()
  const before = new Date(Date.parse(first.created) - 1000).toISOString()
  for (let index = 10; index < 35; index += 1) aged(`20991231-0000${index}-abcd`, now, 'undo')
  for (let index = 10; index < 28; index += 1) aged(`20200101-0000${index}-abcd`, before, 'proposal')
  aged('20200202-000000-abcd', '2020-02-02T00:00:00.000Z', 'proposal')
  await proposed(store, (copy) => write(copy, { 'b.txt': 'another\n' }))
  const all = await listProposals(store.folder)
  expect(all.filter(({ kind }) => kind === 'undo')).toHaveLength(20)
  expect(all.filter(({ kind }) => kind === 'proposal')).toHaveLength(20)
  expect(all.map(({ id }) => id)).toContain(first.id)
  expect(all.map(({ id }) => id)).not.toContain('20200202-000000-abcd')
  const { folder } = await store.own.place()
  for (const name of readdirSync(join(folder, 'objects'), { recursive: true, encoding: 'utf8' }))
    utimesSync(join(folder, 'objects', name), 1, 1)
  await proposed(store, (copy) => write(copy, { 'b.txt': 'a third\n' }))
  await applyProposal(store, first)
  expect(readFileSync(join(top, 'new/deep/c.txt'), 'utf8')).toBe('c')
})
