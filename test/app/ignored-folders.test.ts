import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { commandsIn } from '../../src/app/sandbox.ts'
import { openWorkingCopy } from '../../src/app/working-copy.ts'
import { openWorkspace } from '../../src/workspace/open.ts'
import { runCheck } from '../../src/workspace/sandbox/run-check.ts'
import { found } from '../workspace/sandbox/found.ts'
import { everyByte } from '../workspace/changes/project.ts'
import { createFolder, createRepository, environment, write } from '../workspace.ts'

const { signal } = new AbortController()

/** Whether the kernel puts up an overlay for us. */
const mount = 'mkdir l u w m && mount -t overlay overlay -o userxattr,lowerdir=l,upperdir=u,workdir=w m'
const place = mkdtempSync(join(tmpdir(), 'overlay-'))
const hasOverlays = spawnSync('unshare', ['-Urm', 'sh', '-c', mount], { cwd: place }).status === 0
rmSync(place, { recursive: true, force: true })

/** Commands on the copy of a project with packages at two places and something that was built. */
async function project() {
  if (!('run' in found)) throw new Error(found.reason)
  const root = createRepository({ 'a.txt': 'a\n', '.gitignore': 'node_modules/\ndist/\n', 'packages/x/b.txt': 'b\n' })
  write(root, {
    'node_modules/left/index.js': 'left\n',
    'packages/x/node_modules/right/index.js': 'right\n',
    'dist/old.js': 'old\n',
    'dist/.env': 'KEY=secret\n',
  })
  const home = createFolder()
  const paths = { config: join(home, 'config'), state: join(home, 'state'), cache: join(home, 'cache') }
  const workspace = await openWorkspace({ root, environment })
  const copy = await openWorkingCopy(workspace, { paths, environment, emit: () => undefined, signal })
  onTestFinished(async () => copy.remove())
  const request = { cwd: root, environment: { ...environment, HOME: home }, paths, skill: 's' }
  const skill = { checks: [], commands: undefined }
  const emit = () => undefined
  const commands = commandsIn(found, { workspace, copy: copy.workspace, beside: copy.beside, request, skill, emit })
  const run = async (line: string) => commands.run({ line, in: '.', timeoutMs: 60_000 }, signal)
  return { root, copy, run, commands, scratch: join(paths.cache, 'scratch') }
}

describe.skipIf(!('run' in found))('ignored folders are there for commands, wherever they lie', () => {
  test('with what is in them, but for secrets, and the history is there for every command', async () => {
    const { run } = await project()
    for (const _ of ['once', 'again']) expect((await run('git log --format=%s')).output).toBe('first\n')
    const { output } = await run('cat node_modules/left/index.js packages/x/node_modules/right/index.js dist/.env')
    expect(output).toBe('left\nright\n')
  })

  const destroy = 'rm -rf -- * .gitignore; git clean -xfdq; mkdir -p d && touch d/x; chmod -R 000 d .'

  test('are as before, like all of the project, after a command that destroys what it can', async () => {
    const { root, run, copy } = await project()
    // Without the sandbox and the copy nothing of it is left.
    const twin = createFolder()
    cpSync(root, twin, { recursive: true })
    spawnSync('bash', ['-c', destroy], { cwd: twin })
    // Only root could remove it as it is now.
    spawnSync('chmod', ['-R', '700', twin])
    expect(existsSync(join(twin, 'node_modules/left/index.js'))).toBe(false)
    const before = everyByte(root)
    await run(destroy)
    const { changes } = await copy.finish('a change')
    expect(changes.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
      'delete .gitignore',
      'delete a.txt',
      'create d/x',
      'delete packages/x/b.txt',
    ])
    expect(everyByte(root)).toEqual(before)
  })

  describe.skipIf(!hasOverlays)('and what is written to them', () => {
    const build = 'echo new > dist/new.js && rm dist/old.js && echo more >> node_modules/left/index.js'

    test('is there for the next command, is never proposed, and is gone with the copy', async () => {
      const { root, copy, run, scratch } = await project()
      const before = everyByte(root)
      expect(await run(build)).toMatchObject({ exitCode: 0, output: '' })
      expect((await run('ls dist; cat node_modules/left/index.js; id -u')).output).toBe(
        `new.js\nleft\nmore\n${process.getuid?.()}\n`,
      )
      expect(await copy.finish('a change')).toMatchObject({ changes: [], warnings: [] })
      expect(everyByte(root)).toEqual(before)
      await copy.remove()
      expect(existsSync(scratch) ? everyByte(scratch) : {}).toEqual({})
    })

    test('is not there for a check, which finds them as they were at the start', async () => {
      const { run, commands } = await project()
      await run(`${build}; echo 'exit 0' > node_modules/left/test.sh`)
      const check = { name: 'c', command: 'ls dist && sh node_modules/left/test.sh', timeoutMs: 60_000, required: true }
      expect(await runCheck(check, commands, signal)).toMatchObject({
        state: 'failed',
        output: expect.stringMatching(/^old\.js\n/) as string,
      })
    })

    test('in a repository of its own inside them as well, but never in .git', async () => {
      const { run } = await project()
      expect((await run('git init -q dist/repo && touch dist/repo/x')).exitCode).toBe(0)
      expect((await run('touch .git/x')).output).toContain('Read-only file system')
    })
  })
})
