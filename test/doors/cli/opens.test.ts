import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { command, localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

const shim = pathToFileURL(join(import.meta.dirname, 'opens.mjs')).href
const root = join(import.meta.dirname, '../../..')

/** A person in a folder, whose runs tell which files they opened to read. */
function watched(files: Record<string, string> = {}) {
  const folder = temporaryFolder({ 'sample.js': 'export const half = (n) => n / 2\n', ...files }).root
  const HOME = temporaryFolder().root
  let runs = 0
  const run = async (args: string[], host?: string) => {
    const list = join(HOME, `opens-${(runs += 1)}`)
    const env = { HOME, OPENS: list, NODE_OPTIONS: `--import=${shim}` }
    const { code } = await localBrain(args, { cwd: folder, host, env })
    expect(code).toBe(0)
    return readFileSync(list, 'utf8').trimEnd().split('\n')
  }
  return { folder, run }
}

/** The packages that the chunks among these files are made of. */
function packagesIn(opened: readonly string[]): string[] {
  type Meta = { chunks: { file: string; modules: string[] }[] }
  const { chunks } = JSON.parse(readFileSync(join(root, 'dist/meta.json'), 'utf8')) as Meta
  const read = chunks.filter(({ file }) => opened.some((one) => one.endsWith(`/dist/${file}`)))
  expect(read.length).toBeGreaterThan(2)
  const names = read.flatMap(({ modules }) => modules.map((one) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(one)?.[1]))
  return [...new Set(names.filter((name) => name !== undefined))].sort()
}

const twice = (files: readonly string[]) => files.filter((file, at) => files.indexOf(file) !== at)

describe.skipIf(command.length === 1)('what a run reads', () => {
  test('for a question to a model that answered before: one question to the server, no file twice, no zod', async () => {
    const server = await ollama(() => reply.text('OK'))
    const { run } = watched()
    await run(['say OK'], server.url)
    const from = server.log.length
    const opened = await run(['say OK'], server.url)
    const paths = server.log.slice(from).map(({ path }) => path)
    expect(paths.slice(0, paths.indexOf('/api/chat'))).toEqual(['/api/tags'])
    expect(twice(opened)).toEqual([])
    expect(packagesIn(opened)).toEqual(['commander', 'nunjucks', 'ollama', 'whatwg-fetch'])
  })

  test("for a skill of one's own that an earlier run checked: what a built-in one takes, and its file", async () => {
    const { run, folder } = watched()
    copyFileSync(join(root, 'skills/code-review/skill.yaml'), join(folder, 'own.yaml'))
    const dry = (skill: string) => run(['--dry-run', '-s', skill, '-f', 'sample.js'])
    const builtIn = packagesIn(await dry('code-review'))
    expect(packagesIn(await dry('./own.yaml'))).toEqual(expect.arrayContaining(['yaml', 'zod']))
    const again = await dry('./own.yaml')
    expect(packagesIn(again)).toEqual(builtIn)
  })
})
