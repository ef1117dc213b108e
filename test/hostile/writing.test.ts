import { existsSync, linkSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isError } from '../../src/errors.ts'
import { createEditor } from '../../src/workspace/edit.ts'
import { openWorkspace } from '../../src/workspace/open.ts'
import { hands } from '../hands.ts'
import { createFolder, environment, git } from '../workspace.ts'

/** A folder `d` of `project` that is swapped for a link to `outside` as fast as a thread can. */
function swapping(folder: string): () => Promise<void> {
  const stop = new Int32Array(new SharedArrayBuffer(4))
  // Where a folder was made in between, the swap begins anew.
  const swap = `const { renameSync, rmSync, symlinkSync, unlinkSync } = require('node:fs')
    const { workerData: { project, outside, stop } } = require('node:worker_threads')
    while (Atomics.load(stop, 0) === 0) {
      try {
        renameSync(project + '/d', project + '/real'); symlinkSync(outside, project + '/d')
        unlinkSync(project + '/d'); renameSync(project + '/real', project + '/d')
      } catch { rmSync(project + '/real', { recursive: true, force: true }) }
    }`
  const workerData = { project: join(folder, 'project'), outside: join(folder, 'outside'), stop }
  const worker = new Worker(swap, { eval: true, workerData })
  const end = async () => {
    if (Atomics.exchange(stop, 0, 1) === 0) await new Promise((resolve) => worker.once('exit', resolve))
  }
  onTestFinished(end)
  return end
}

type Attack = {
  name: string
  /** Where the write of a model goes. */
  path: string
  /** What must not change: relative to the folder that holds `project` and `outside`. */
  kept: string
  prepare: (folder: string) => void
}

const attacks: Attack[] = [
  { name: 'a place above', path: '../outside/x.txt', kept: 'outside/x.txt', prepare: () => undefined },
  {
    name: 'a folder that is a link',
    path: 'link/new.txt',
    kept: 'outside/new.txt',
    prepare: (folder) => symlinkSync('../outside', join(folder, 'project/link')),
  },
  {
    name: 'a file that is a link',
    path: 'link',
    kept: 'outside/x.txt',
    prepare: (folder) => symlinkSync('../outside/x.txt', join(folder, 'project/link')),
  },
  {
    name: 'a link to nothing yet',
    path: 'link',
    kept: 'outside/new.txt',
    prepare: (folder) => symlinkSync('../outside/new.txt', join(folder, 'project/link')),
  },
  {
    name: 'another name of a file outside',
    path: 'same.txt',
    kept: 'outside/x.txt',
    prepare: (folder) => linkSync(join(folder, 'outside/x.txt'), join(folder, 'project/same.txt')),
  },
  { name: 'a hook', path: '.git/hooks/pre-commit', kept: 'project/.git/hooks/pre-commit', prepare: () => undefined },
  { name: 'the settings of git', path: './d/../.git/config', kept: 'project/.git/config', prepare: () => undefined },
  { name: 'a secret', path: 'd/.env', kept: 'project/d/.env', prepare: () => undefined },
  { name: 'an ignored file', path: 'out/run.js', kept: 'project/out/run.js', prepare: () => undefined },
  {
    name: "a repository's skill",
    path: '.local-brain/skills/a.yaml',
    kept: 'project/.local-brain/skills/a.yaml',
    prepare: () => undefined,
  },
]

describe.each(attacks)('$name', ({ path, kept, prepare }) => {
  const arrange = () => {
    const folder = createFolder({
      'outside/x.txt': 'kept\n',
      'project/d/.env': 'KEY=1\n',
      'project/out/run.js': 'run()\n',
      'project/.local-brain/skills/a.yaml': 'name: a\n',
      'project/.gitignore': 'out/\n',
    })
    git(join(folder, 'project'), 'init', '-q')
    prepare(folder)
    const file = join(folder, kept)
    return { root: join(folder, 'project'), content: () => (existsSync(file) ? readFileSync(file, 'utf8') : undefined) }
  }

  test('is what a plain write changes', () => {
    const { root, content } = arrange()
    const before = content()
    writeFileSync(join(root, path), 'x\n')
    expect(content()).not.toBe(before)
  })

  test('is not what a model changes', async () => {
    const { root, content } = arrange()
    const before = content()
    const model = await hands(root, { allowPaths: ['**'] })
    for (const append of [false, true]) await model.told('write_file', { path, content: 'x', append })
    await model.told('edit_file', { path, old: before ?? 'x', new: 'y' })
    await model.told('move_file', { from: '.gitignore', to: path })
    expect(content()).toBe(before)
  })
})

const seconds = 10

test.runIf(process.platform === 'linux')(
  'a folder that keeps turning into a link to outside gets nothing written there',
  { timeout: 60_000 },
  async () => {
    // A plain write does end up outside: the danger is real.
    const twin = createFolder({ 'outside/x.txt': 'kept\n', 'project/d/x.txt': 'inside\n' })
    const endTwin = swapping(twin)
    for (let at = 0; !existsSync(join(twin, 'outside/new.txt')) && at < 1_000_000; at += 1) {
      try {
        writeFileSync(join(twin, 'project/d/new.txt'), 'leaked\n')
      } catch {
        // Just now there is neither the folder nor the link.
      }
    }
    await endTwin()
    expect(readFileSync(join(twin, 'outside/new.txt'), 'utf8')).toBe('leaked\n')

    const folder = createFolder({ 'outside/x.txt': 'kept\n', 'project/d/x.txt': 'inside\n' })
    const project = join(folder, 'project')
    const workspace = await openWorkspace({ root: project, environment })
    const editor = createEditor(workspace, { limits: { files: 1e9, lines: 1e9 } })
    const endSwapping = swapping(folder)
    let [written, refused] = [0, 0]
    for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
      for (const act of [
        async () => editor.replace(await editor.open('d/x.txt'), `${written}\n`),
        async () => editor.replace(await editor.open(`d/new/${written}.txt`), `${written}\n`),
        async () => editor.remove(`d/new/${written - 1}.txt`),
      ]) {
        try {
          await (await act()).commit()
          written += 1
        } catch (error) {
          if (!isError(error)) throw error
          refused += 1
        }
      }
    }
    await endSwapping()
    expect(readdirSync(join(folder, 'outside'))).toEqual(['x.txt'])
    expect(readFileSync(join(folder, 'outside/x.txt'), 'utf8')).toBe('kept\n')
    // Neither were there only refusals, nor did the swapping stop.
    expect(written).toBeGreaterThan(50)
    expect(refused).toBeGreaterThan(50)
  },
)
