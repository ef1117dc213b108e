import { describe, expect, test } from 'vitest'
import type { ChatBody } from '../../scripted-ollama/chat-body.ts'
import { type ScriptedOllama, reply } from '../../scripted-ollama/scripted-ollama.ts'
import type { Report } from '../../../src/report/report.ts'
import { type Folder, repository, temporaryFolder } from '../../workspace-fixture.ts'
import { code } from './code.ts'
import { localBrain } from './local-brain.ts'
import { ollama, refusals, reportOf, toldText } from './ollama.ts'

const clean = { analysis: 'Nothing here goes wrong.', findings: [] }

function answer(request: ChatBody) {
  return request.format === undefined ? reply.text('A list of sums.') : reply.json(clean)
}

/** Every line of the input stands in some request. */
function expectAllTold(server: ScriptedOllama, text: string) {
  const told = toldText(server)
  expect(text.split('\n').filter((line) => !told.includes(line))).toEqual([])
}

type Range = { path: string; startLine?: number | undefined; endLine?: number | undefined }

/** The lines that the report names, each once or the lists are wrong, as `path:line`. */
function linesNamed({ reviewed, notReviewed }: Report): string[] {
  return [...reviewed, ...notReviewed].flatMap(({ path, startLine = 0, endLine = 0 }: Range) =>
    Array.from({ length: endLine - startLine + 1 }, (_, index) => `${path}:${startLine + index}`),
  )
}

function linesOf(files: Record<string, string>): string[] {
  return Object.entries(files).flatMap(([path, text]) =>
    text
      .trimEnd()
      .split('\n')
      .map((_, index) => `${path}:${index + 1}`),
  )
}

/** A model whose tokens are as short as the first estimate takes them to be. */
const tight = { bytesPerToken: 3 }

const skills = ['code-review', 'explain', 'ask']

describe.each(skills)('%s', (skill) => {
  async function runOn(folder: Folder, args: string[], server: ScriptedOllama) {
    const prompt = skill === 'ask' ? ['what is this?'] : []
    const run = await localBrain(['-s', skill, '--format', 'json', ...args, ...prompt], {
      cwd: folder.root,
      host: server.url,
    })
    expect(run.stderr).not.toContain('error:')
    expect(refusals(server)).toEqual([])
    expect(server.violations).toEqual([])
    expect(server.loads).toBe(1)
    expect(run.code).toBe(0)
    return reportOf(run)
  }

  test('every line of a file of 200 KB reaches a request, none of which outgrows the window', async () => {
    const files = { 'long.js': code('long', 200_000) }
    const server = await ollama(answer, tight)
    const report = await runOn(temporaryFolder(files), ['-f', 'long.js'], server)
    expectAllTold(server, files['long.js'])
    expect(linesNamed(report)).toEqual(linesOf(files))
    expect(report.notReviewed).toEqual([])
  })

  test('every line of 40 files reaches a request', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `f${index + 10}`)
    const files = Object.fromEntries(names.map((name) => [`${name}.js`, code(name, 1200)]))
    const server = await ollama(answer, tight)
    const report = await runOn(temporaryFolder(files), ['-d', '.', '--pattern', '*.js'], server)
    expectAllTold(server, Object.values(files).join(''))
    expect(linesNamed(report).sort()).toEqual(linesOf(files).sort())
  })

  test('every line of a diff of 60 KB reaches a request', async () => {
    const before = code('old', 6000)
    const folder = repository({ 'changed.js': before })
    const changed = before.replace('items.at(2)', 'items.at(-2)').replace('items.at(70)', 'items.at(-70)')
    const added = code('fresh', 54_000)
    folder.write('changed.js', changed)
    folder.write('fresh.js', added)
    folder.git('add', '-A')
    const server = await ollama(answer, tight)
    const report = await runOn(folder, ['--git-diff'], server)
    expectAllTold(server, added)
    expect(toldText(server)).toContain('items.at(-2)')
    expect(toldText(server)).toContain('items.at(-70)')
    const named = linesNamed(report)
    expect(named.filter((line) => line.startsWith('fresh.js'))).toEqual(linesOf({ 'fresh.js': added }))
    expect(named).toEqual(expect.arrayContaining(['changed.js:2', 'changed.js:70']))
    expect(named.filter((line) => !linesOf({ 'changed.js': changed, 'fresh.js': added }).includes(line))).toEqual([])
  })
})
