import { cpSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isError } from '../../src/errors.ts'
import { createEditor } from '../../src/workspace/edit.ts'
import { openWorkspace } from '../../src/workspace/open.ts'
import { command, localBrain } from '../doors/cli/local-brain.ts'
import { ollama } from '../doors/cli/ollama.ts'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { createFolder, createRepository, environment, git } from '../workspace.ts'
import { hasSandbox } from '../workspace/sandbox/found.ts'
import type { Call } from './commanding.ts'

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
}

const attacks: Attack[] = [
  { name: 'a place above', path: '../outside/x.txt', kept: 'outside/x.txt' },
  { name: 'a place above, by a folder', path: 'd/../../outside/x.txt', kept: 'outside/x.txt' },
  { name: 'a folder that is a link', path: 'folder/new.txt', kept: 'outside/new.txt' },
  { name: 'a file that is a link', path: 'file', kept: 'outside/x.txt' },
  { name: 'a link to nothing yet', path: 'nothing', kept: 'outside/nothing.txt' },
  { name: 'another name of a file outside', path: 'same.txt', kept: 'outside/x.txt' },
  { name: 'a hook', path: '.git/hooks/pre-commit', kept: 'project/.git/hooks/pre-commit' },
  { name: 'the settings of git', path: './d/../.git/config', kept: 'project/.git/config' },
  { name: 'a secret', path: 'd/.env', kept: 'project/d/.env' },
  { name: 'a key that is not there yet', path: 'id_rsa', kept: 'project/id_rsa' },
  { name: 'an ignored file', path: 'out/run.js', kept: 'project/out/run.js' },
  { name: "a repository's skill", path: '.local-brain/skills/a.yaml', kept: 'project/.local-brain/skills/a.yaml' },
]

function arrange() {
  const folder = createFolder({
    'outside/x.txt': 'kept\n',
    'project/d/.env': 'KEY=1\n',
    'project/out/run.js': 'run()\n',
    'project/.local-brain/skills/a.yaml': 'name: a\n',
    'project/.gitignore': 'out/\n',
  })
  const root = join(folder, 'project')
  git(root, 'init', '-q')
  symlinkSync('../outside', join(root, 'folder'))
  symlinkSync('../outside/x.txt', join(root, 'file'))
  symlinkSync('../outside/nothing.txt', join(root, 'nothing'))
  linkSync(join(folder, 'outside/x.txt'), join(root, 'same.txt'))
  const contentOf = ({ kept }: Attack) => {
    const file = join(folder, kept)
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined
  }
  return { folder, root, contentOf }
}

/** A chat works in the folder of the person itself. The model makes these calls, one reply each. */
async function chat(root: string, replies: Call[][]) {
  const server = await ollama([...replies.map((calls) => reply.calls(...calls)), reply.text('Done.')])
  const args = ['chat', '--allow', 'write', '--allow-path', '**']
  const ended = await localBrain(args, { cwd: root, host: server.url, stdin: 'go\n', env: { HOME: createFolder() } })
  const told = server.requests.at(-1)?.messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : [])) ?? []
  return { ended, told }
}

const call = (name: string, args: Record<string, unknown>): Call => ({ name, arguments: args })

describe('what may not be written', () => {
  test.each(attacks)('$name is what a plain write changes', (attack) => {
    const { root, contentOf } = arrange()
    const before = contentOf(attack)
    writeFileSync(join(root, attack.path), 'x\n')
    expect(contentOf(attack)).not.toBe(before)
  })

  test('is not what a model changes', { timeout: 60_000 }, async () => {
    const { folder, root, contentOf } = arrange()
    const before = attacks.map(contentOf)
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
    const more = [
      '/etc/local-brain/x',
      'C:\\x',
      'a\0b',
      `${'x'.repeat(300)}/b`,
      'sub/.git/config',
      '.GIT/config',
      'a\nb',
    ]
    const paths = [...attacks.filter(({ path }) => path !== 'same.txt').map(({ path }) => path), ...more]
    const { told } = await chat(root, [
      paths.flatMap((path) => [
        call('write_file', { path, content: 'x' }),
        call('write_file', { path, content: 'x', append: true }),
        call('move_file', { from: '.gitignore', to: path }),
        call('edit_file', { path, old: 'kept', new: 'x' }),
      ]),
      [call('edit_file', { path: 'same.txt', old: 'kept', new: 'changed' })],
    ])
    expect(told).toHaveLength(paths.length * 4 + 1)
    for (const result of told.slice(0, -1))
      expect(result).toMatch(/^Error: [^]*(?:does not exist|exists already|\.git is read-only)/)
    expect(attacks.map(contentOf)).toEqual(before)
    expect(readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()).toEqual(names)
    // Another name of the same file: the file in the project is a new one.
    expect(readFileSync(join(root, 'same.txt'), 'utf8')).toBe('changed\n')
  })

  test('nor is what our own program keeps, where the project is a home folder', { timeout: 60_000 }, async () => {
    const root = createFolder({ 'a.txt': 'a\n' })
    const env = { HOME: root, XDG_CONFIG_HOME: join(root, 'settings') }
    const config = 'settings/local-brain/config.yaml'
    const own = [config, '.local/state/local-brain/trust/x', '.config/local-brain/config.yaml']
    const lines = own.map((path) => `mkdir -p ${dirname(path)}; echo "allow: [run]" > ${path}`)
    const calls = [
      ...own.map((path) => call('write_file', { path, content: 'allow: [run]\n' })),
      ...(hasSandbox ? lines.slice(0, 2) : []).map((line) => call('run_command', { command: line })),
    ]
    const server = await ollama([reply.calls(...calls), reply.text('Done.')])
    await localBrain(['chat', '--allow', 'run'], { cwd: root, host: server.url, stdin: 'go\n', env })
    const told = server.requests[1]?.messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []))
    expect(told?.slice(0, 3)).toEqual(own.map((path) => beginning(`Error: ${path} does not exist`)))
    for (const result of told?.slice(3) ?? []) expect(result).toContain('Read-only file system')
    expect(own.filter((path) => existsSync(join(root, path)))).toEqual([])
    // What is written there allows more the next time.
    mkdirSync(join(root, 'settings/local-brain'), { recursive: true })
    writeFileSync(join(root, config), 'allow: [run]\n')
    const again = await ollama([reply.text('Hello.')])
    await localBrain(['chat'], { cwd: root, host: again.url, stdin: 'go\n', env })
    expect(JSON.stringify(again.requests[0]?.tools)).toContain(hasSandbox ? 'run_command' : 'edit_file')
  })

  test('nor is our own program, where it lies in the project', { timeout: 60_000 }, async () => {
    const root = createRepository()
    cpSync(join(import.meta.dirname, '../../dist'), join(root, 'tool'), { recursive: true })
    const path = 'tool/bin/local-brain.js'
    const before = readFileSync(join(root, path), 'utf8')
    const server = await ollama([
      reply.calls(
        call('write_file', { path, content: 'x', append: true }),
        call('write_file', { path: 'tool/new.js', content: 'x' }),
        call('run_command', { command: `echo x >> ${path}; echo made > other.txt` }),
      ),
      reply.text('Done.'),
    ])
    const args = ['chat', '--allow', 'run', '--allow-path', '**']
    const through = [command[0] ?? '', join(root, path)]
    await localBrain(args, { cwd: root, host: server.url, stdin: 'go\n', env: { HOME: createFolder() }, through })
    const told = server.requests[1]?.messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []))
    expect(told?.slice(0, 2)).toEqual(
      [`Error: ${path} does not exist`, 'Error: tool/new.js does not exist'].map(beginning),
    )
    expect(readFileSync(join(root, path), 'utf8')).toBe(before)
    if (hasSandbox) {
      expect(told?.[2]).toContain('Read-only file system')
      expect(readFileSync(join(root, 'other.txt'), 'utf8')).toBe('made\n')
    }
    // Where it lies elsewhere, the same file is like any other.
    await localBrain(args, {
      cwd: root,
      host: (
        await ollama([reply.calls(call('write_file', { path, content: '// x', append: true })), reply.text('Done.')])
      ).url,
      stdin: 'go\n',
      env: { HOME: createFolder() },
    })
    expect(readFileSync(join(root, path), 'utf8')).not.toBe(before)
  })
})

const beginning = (text: string): unknown => expect.stringContaining(text)

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

test.runIf(process.platform === 'linux')(
  'nor does a chat write there, which works in that folder',
  { timeout: 60_000 },
  async () => {
    const folder = createFolder({ 'outside/x.txt': 'kept\n', 'project/d/x.txt': 'inside\n' })
    const append = (turn: number, at: number) => {
      const path = at === 0 ? 'beside.txt' : at % 3 === 0 ? `d/new/${turn}-${at}.txt` : 'd/x.txt'
      return call('write_file', { path, content: `${turn}-${at}`, append: true })
    }
    const endSwapping = swapping(folder)
    const { told } = await chat(
      join(folder, 'project'),
      Array.from({ length: 8 }, (_, turn) => Array.from({ length: 12 }, (__, at) => append(turn, at))),
    )
    await endSwapping()
    expect(readdirSync(join(folder, 'outside'))).toEqual(['x.txt'])
    expect(readFileSync(join(folder, 'outside/x.txt'), 'utf8')).toBe('kept\n')
    expect(told).toHaveLength(96)
    // Beside that folder it does write.
    expect(told.filter((_, at) => at % 12 === 0 && told[at]?.startsWith('Error: '))).toEqual([])
    expect(told.some((result) => result.startsWith('Error: d'))).toBe(true)
  },
)
