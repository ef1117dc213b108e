import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { rawFinding } from '../../tasks/findings/unit.ts'
import { createFolder, createRepository, git, write } from '../../workspace.ts'
import { hasSandbox } from '../../workspace/sandbox/found.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

const mean = 'export function mean(list) {\r\n  const n = 1\r\n  return sum(list) / n\r\n}\r\n'

const finding = (quote: string, suggestion: string, more = {}) => rawFinding({ quote, suggestion, ...more })

/** A review that suggests these, of a file that nobody committed yet. */
async function review(findings: object[], args: string[] = [], files = {}) {
  const top = createRepository({ 'a.txt': 'a\n', 'src/mean.js': mean, ...files })
  const env = { HOME: createFolder() }
  const server = await ollama(() => reply.json({ analysis: 'short', findings }))
  const flags = ['-f', Object.keys({ 'src/mean.js': 0, ...files }).join(','), '--no-verify-findings', '--fix']
  const ended = await localBrain(['-s', 'code-review', ...flags, ...args], { cwd: top, host: server.url, env })
  return { top, env, ended }
}

test('--fix makes a proposal of the suggestions: each replaces what it quotes, and nothing is applied unless asked', async () => {
  const { top, env, ended } = await review(
    [finding('return sum(list) / n', 'return n === 0 ? 0 : sum(list) / n')],
    ['--format', 'json'],
  )
  const { changes, proposal, patch, findings, exitCode } = reportOf(ended)
  expect(findings).toHaveLength(1)
  expect({ changes, exitCode }).toMatchObject({ changes: [{ path: 'src/mean.js', added: 1, removed: 1 }], exitCode: 0 })
  expect(patch).toContain('-  return sum(list) / n\r\n+  return n === 0 ? 0 : sum(list) / n\r\n')
  expect(readFileSync(join(top, 'src/mean.js'), 'utf8')).toBe(mean)
  expect(proposal?.applied).toBe(false)
  expect((await localBrain(['apply'], { cwd: top, env })).code).toBe(0)
  expect(readFileSync(join(top, 'src/mean.js'), 'utf8')).toBe(
    mean.replace('sum(list) / n', 'n === 0 ? 0 : sum(list) / n'),
  )
})

test('what is shown to people lists the changes as after any other run, also the next time', async () => {
  const { top, env, ended } = await review(
    [finding('return sum(list) / n', 'return n === 0 ? 0 : sum(list) / n')],
    ['--color', 'always'],
  )
  const last = await localBrain(['last', '--color', 'always'], { cwd: top, env })
  for (const { stdout } of [ended, last]) {
    expect(stdout).toMatch(/^• M src\/mean\.js \+1 −1$/m)
  }
})

test.skipIf(!hasSandbox)('--check runs on the suggestions, and what fails is not applied', async () => {
  const check = 'grep -q "n === 0" src/mean.js && echo never printed && exit 1 || echo sum is asked'
  const { top, ended } = await review(
    [finding('return sum(list) / n', 'return n === 0 ? 0 : sum(list) / n')],
    ['--check', check, '--check', 'grep -q mean src/mean.js', '--apply'],
  )
  expect(ended.code).toBe(1)
  expect(ended.stdout).toContain(
    'held before, fails now (exit 1)\n- grep -q mean src/mean.js: held before, holds now\n',
  )
  expect(ended.stderr).toContain('✗ grep -q "n === 0" src/mean.js')
  expect(ended.stderr).toContain('warning: the changes are only proposed, since a check does not hold')
  expect(readFileSync(join(top, 'src/mean.js'), 'utf8')).toBe(mean)
})

test('what is no code, would not parse, or is run by others is named and left out', async () => {
  const { ended } = await review(
    [
      finding('return sum(list) / n', 'Check that n is not zero before you divide', { title: 'words' }),
      finding('const n = 1', 'const n = list.length', { title: 'good', defect: 'wrong-result' }),
    ],
    ['--format', 'json'],
  )
  const { changes, patch, warnings } = reportOf(ended)
  expect(changes).toHaveLength(1)
  expect(patch).toContain('+  const n = list.length\r\n')
  expect(warnings.join('\n')).toContain('src/mean.js:3 is not in the proposal: the file would not parse any more')
})

test('a file that other programs run by themselves is left alone, unless it is named', async () => {
  const files = { '.vscode/task.js': 'export const wait = 1\n' }
  const findings = [finding('export const wait = 1', 'export const wait = 10')]
  const { changes, warnings } = reportOf((await review(findings, ['--format', 'json'], files)).ended)
  expect(changes).toEqual([])
  expect(warnings.join('\n')).toContain('editors run it; --allow-path permits it')
  const named = await review(findings, ['--format', 'json', '--allow-path', '.vscode/**'], files)
  expect(reportOf(named.ended).changes).toMatchObject([{ path: '.vscode/task.js', sensitive: true }])
})

test('where the working tree is no longer what was reviewed, nothing is replaced', async () => {
  const top = createRepository({ 'src/mean.js': 'export const a = 1\n' })
  write(top, { 'src/mean.js': 'export const a = list.size\n' })
  git(top, 'add', '-A')
  write(top, { 'src/mean.js': 'export const a = mine\n' })
  const server = await ollama(() =>
    reply.json({
      analysis: 'short',
      findings: [finding('export const a = list.size', 'export const a = list.length')],
    }),
  )
  const args = ['--git-diff', '--no-verify-findings', '--fix', '--format', 'json']
  const { changes, warnings } = reportOf(await localBrain(args, { cwd: top, host: server.url }))
  expect(changes).toEqual([])
  expect(warnings.join('\n')).toContain('src/mean.js:1 is not in the proposal: its quote is no longer there')
})

test('a skill without findings is refused', async () => {
  const top = createRepository()
  const ended = await localBrain(['--fix', 'what is it?'], { cwd: top })
  expect(ended).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('gives no findings, which --fix needs') as string,
  })
})
