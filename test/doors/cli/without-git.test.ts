import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'

/** Writes down every file that the program opens. */
const shim = pathToFileURL(join(import.meta.dirname, 'opens.mjs')).href

type Meta = { chunks: { file: string; modules: string[] }[] }

/** The chunks of the built program that hold simple-git. */
function chunksOfGit(): string[] {
  const { chunks } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../dist/meta.json'), 'utf8')) as Meta
  return chunks
    .filter(({ modules }) => modules.some((module) => module.includes('node_modules/simple-git/')))
    .map(({ file }) => file.slice(file.lastIndexOf('/') + 1))
}

/** A git that leaves a mark, in front of everything else, and a program that says which files it loads. */
function watched() {
  const { root, write } = temporaryFolder()
  write('git', `#!/bin/sh\n: > '${root}/mark'\nexit 1\n`)
  chmodSync(join(root, 'git'), 0o755)
  const list = join(root, 'opened')
  const env = { PATH: `${root}:${process.env['PATH']}`, OPENS: list, NODE_OPTIONS: `--import=${shim}` }
  const opened = () => (existsSync(list) ? readFileSync(list, 'utf8') : '')
  return { env, opened, ran: () => existsSync(join(root, 'mark')) }
}

test('a run on named files in a repository starts no git and loads nothing for it', async () => {
  const { root } = repository({ 'src/a.ts': 'export const one = 1\n' })
  const { env, opened, ran } = watched()
  const args = ['--dry-run', '-s', 'code-review']
  const named = await localBrain([...args, '-f', 'src/a.ts'], { cwd: root, env })
  expect(named.stdout).toContain('export const one = 1')
  expect(ran()).toBe(false)
  expect(chunksOfGit()).not.toEqual([])
  expect(chunksOfGit().filter((chunk) => opened().includes(chunk))).toEqual([])
  // A question that needs git does both.
  await localBrain([...args, '--git-diff'], { cwd: root, env })
  expect(ran()).toBe(true)
  // The standalone binary has no chunks to load.
  const loaded = process.env['LOCAL_BRAIN_BIN'] === undefined ? chunksOfGit() : []
  expect(chunksOfGit().filter((chunk) => opened().includes(chunk))).toEqual(loaded)
})
