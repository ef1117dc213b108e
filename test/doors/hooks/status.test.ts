import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { serve } from '../../scripted-ollama/serve.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from '../cli/local-brain.ts'
import { hooked, loadedModel } from './hook-run.ts'

describe('hook status', () => {
  async function project(loaded = true) {
    const server = await serve({ models: [loaded ? loadedModel : { name: 'scripted' }], script: [] })
    const { root } = repository({ 'readme.md': 'hello\n' })
    const env = { HOME: temporaryFolder().root }
    const hook = async (...words: string[]) => localBrain(['hook', ...words], { cwd: root, host: server.url, env })
    return { hook, file: (name: string) => join(root, '.git/hooks', name) }
  }

  test('says for each hook what there is, and whether the model is in memory', async () => {
    const { hook, file } = await project()
    expect(await hook('status')).toMatchObject({
      code: 0,
      stderr: '',
      stdout: [
        'pre-commit          not installed',
        'prepare-commit-msg  not installed',
        'pre-push            not installed',
        'model               scripted:latest, in memory\n',
      ].join('\n'),
    })
    await hook('install', 'pre-commit', '--fail-on', 'high', '--load')
    writeFileSync(file('pre-push'), '#!/bin/sh\nlocal-brain hook run pre-push "$@"\n', { mode: 0o755 })
    writeFileSync(file('prepare-commit-msg'), '#!/bin/sh\necho\n', { mode: 0o755 })
    const { stdout } = await hook('status')
    expect(stdout).toMatch(/^pre-commit {10}installed \(--fail-on high --load\): .*\.git\/hooks\/pre-commit$/m)
    expect(stdout).toMatch(/^prepare-commit-msg {2}not installed; another program's hook is there: /m)
    expect(stdout).toMatch(/^pre-push {12}called by a line that somebody wrote: /m)
  })

  test('says what keeps an installed hook from doing anything', async () => {
    const { hook, file } = await project(false)
    await hook('install', 'pre-commit')
    chmodSync(file('pre-commit'), 0o644)
    expect((await hook('status')).stdout).toMatch(/^pre-commit {10}installed, but switched off, /m)
    const moved = readFileSync(file('pre-commit'), 'utf8').replaceAll(
      /\/[\w.-]*local-brain(?:\.js)?(?=['\s])/g,
      '/gone.js',
    )
    writeFileSync(file('pre-commit'), moved)
    chmodSync(file('pre-commit'), 0o755)
    const { stdout } = await hook('status')
    expect(stdout).toMatch(/^pre-commit {10}installed, but \S*\/gone\.js is gone: install it again: /m)
    expect(stdout).toMatch(/^model {15}scripted:latest, not in memory: hooks wait for it with --load/m)
  })

  test('needs a repository, and no server', async () => {
    const folder = temporaryFolder().root
    expect(await localBrain(['hook', 'status'], { cwd: folder })).toMatchObject({ code: 2 })
    const { root } = repository({ 'readme.md': 'hello\n' })
    const { stdout, code } = await localBrain(['hook', 'status'], { cwd: root })
    expect(stdout).toMatch(/^model {15}unknown: Cannot reach Ollama at /m)
    expect(code).toBe(0)
  })
})

describe('a model that is not in memory', () => {
  const twice = 'export const twice = (n: number) => n * 3 // BUG\n'
  const unloaded = { models: [{ name: 'scripted' }] }

  test('is waited for with --load, and else named', async () => {
    const without = await hooked({ server: unloaded })
    const loads = await hooked({ server: unloaded, options: ['--load', '--timeout', '60'] })
    for (const { write, git } of [without, loads]) {
      write('src/a.ts', twice)
      git('add', '-A')
    }
    expect((await without.commit(['-m', 'x'])).stderr).toMatch(/Model "scripted:latest" is not loaded/)
    expect((await loads.commit(['-m', 'x'])).stderr).toMatch(/1 finding .*\n+src\/a\.ts\n/)
  })

  test.each([4, 6])('and that takes longer than %i s: the limit is named as it was given', async (seconds) => {
    const never = hold()
    const options = ['--load', '--timeout', String(seconds)]
    const { write, git, commit } = await hooked({ server: unloaded, options, script: () => reply.text(never, 'x') })
    write('src/a.ts', twice)
    git('add', '-A')
    const { stderr, code } = await commit(['-m', 'x'])
    expect(stderr).toContain(`The time limit of ${seconds} s was reached`)
    expect(code).toBe(0)
  })
})
