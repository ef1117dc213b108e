import { readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reply } from '../../../scripted-ollama/scripted-ollama.ts'
import { repository, temporaryFolder } from '../../../workspace-fixture.ts'
import { localBrain } from '../local-brain.ts'
import { ollama } from '../ollama.ts'

/** A project in which two questions were asked, and somewhere else a third. */
async function asked() {
  const { root } = repository({ 'src/a.ts': 'export const a = 1\n' })
  const env = { HOME: temporaryFolder().root }
  const server = await ollama([reply.text('First.'), reply.text('Second.'), reply.text('Elsewhere.')])
  for (const cwd of [root, join(root, 'src'), temporaryFolder().root]) {
    await localBrain(['what is this?'], { cwd, host: server.url, env })
  }
  const run = async (...args: string[]) => localBrain(args, { cwd: root, env })
  return { ...env, run }
}

const reportsIn = (home: string) => {
  const folder = join(home, '.local/state/local-brain/runs')
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
}

test('the runs of a project are listed, the newest first, and each is printed again', async () => {
  const { HOME, run } = await asked()
  const listed = await run('runs')
  expect(listed).toMatchObject({ code: 0, stderr: '' })
  const [head, ...rows] = listed.stdout.trimEnd().split('\n')
  expect(head).toMatch(/^n +when +skill +model +findings +seconds$/)
  expect(rows).toHaveLength(2)
  expect(rows[0]).toMatch(/^1 +\d{4}-\d\d-\d\d \d\d:\d\d +ask +scripted:latest +- +\d+$/)
  expect((await run('last')).stdout).toBe('Second.\n')
  expect((await run('last', '1')).stdout).toBe('Second.\n')
  expect((await run('last', '2')).stdout).toBe('First.\n')
  // Nobody else may read what was asked about.
  for (const { parentPath, name } of reportsIn(HOME)) expect(statSync(join(parentPath, name)).mode & 0o777).toBe(0o600)
})

test('a number without a report, or that is none, is a slip', async () => {
  const { run } = await asked()
  expect(await run('last', '3')).toMatchObject({
    code: 2,
    stderr: 'error: There are only 2 reports about this project\nhint: local-brain runs\n',
  })
  await run('runs', 'clear')
  expect((await run('last', '1')).stderr).toContain('error: There is no report about this project yet\n')
  for (const word of ['0', 'x', '1.5', '-1']) expect((await run('last', word)).code).toBe(2)
  expect(await run('runs', 'purge')).toMatchObject({ code: 2, stderr: expect.stringContaining('runs clear') })
})

test('they are removed when that is asked for, and only those of this project', async () => {
  const { HOME, run } = await asked()
  expect(await run('runs', 'clear')).toMatchObject({ code: 0, stdout: 'removed 2 reports of this project\n' })
  expect(reportsIn(HOME)).toHaveLength(1)
  expect(await run('runs')).toMatchObject({ code: 0, stdout: '' })
  expect(await run('last')).toMatchObject({ code: 2, stdout: '' })
})

test('one that is torn keeps its number', async () => {
  const { HOME, run } = await asked()
  const [first] = reportsIn(HOME)
    .filter(({ parentPath }, _, all) => all.filter((one) => one.parentPath === parentPath).length === 2)
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
    .slice(-1)
  writeFileSync(first ?? '', '{')
  expect((await run('runs')).stdout).toMatch(/^1 .+can't be read\n2 .+ask /m)
  expect((await run('last', '2')).stdout).toBe('First.\n')
  expect(await run('last', '1')).toMatchObject({ code: 2 })
})

test('the newest is the one that was kept last, also where the clock was set back', async () => {
  const { HOME, run } = await asked()
  const ahead = Date.now() + 24 * 3600 * 1000
  for (const { parentPath, name } of reportsIn(HOME)) {
    renameSync(join(parentPath, name), join(parentPath, name.replace(/^\d+/, String(ahead))))
  }
  const server = await ollama([reply.text('After it.')])
  const later = await run('--host', server.url, 'and now?')
  expect(later).toMatchObject({ code: 0, stdout: 'After it.\n' })
  expect((await run('last')).stdout).toBe('After it.\n')
})
