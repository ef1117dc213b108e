import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { localBrain } from '../doors/cli/local-brain.ts'
import { ollama, reportOf } from '../doors/cli/ollama.ts'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { everyByte } from '../workspace/changes/project.ts'
import { hasSandbox } from '../workspace/sandbox/found.ts'
import { createFolder, git, gitEnvironment, write } from '../workspace.ts'

const project = join(import.meta.dirname, '..', '..')
const isPossible = existsSync(join(project, '.git')) && hasSandbox

/** A clone of this project as a person has it in the middle of work: packages, staged and other changes, a failing test. */
function clone(): string {
  const top = join(createFolder(), 'project')
  execFileSync('git', ['clone', '-q', '--no-hardlinks', project, top], { env: gitEnvironment })
  for (const name of ['zod', 'yaml', 'ignore'])
    cpSync(join(project, 'node_modules', name), join(top, 'node_modules', name), { recursive: true })
  write(top, {
    'price.mjs': "import * as z from 'zod'\n\nexport const total = (a, b) => z.number().parse(a - b)\n",
    'price.test.mjs':
      "import assert from 'node:assert'\nimport test from 'node:test'\nimport { total } from './price.mjs'\n\n" +
      "test('a total is a sum', () => assert.equal(total(1, 2), 3))\n",
    'README.md': '# Mine\n',
    'dist/built.js': 'built\n',
    '.env': 'KEY=secret\n',
    '.git/hooks/pre-commit': '#!/bin/sh\nexit 1\n',
  })
  git(top, 'add', 'README.md')
  write(top, { 'README.md': '# Mine, and more\n' })
  chmodSync(join(top, '.git/hooks/pre-commit'), 0o755)
  return top
}

const changed = (top: string, before: Record<string, string>) => {
  const now = everyByte(top)
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((path) => before[path] !== now[path])
}

test.skipIf(!isPossible)(
  'a failing test of a real repository is mended in a copy, checked in the sandbox, applied and taken back',
  { timeout: 600_000 },
  async () => {
    const top = clone()
    const env = { HOME: createFolder() }
    const marker = join(tmpdir(), `local-brain-check-${process.pid}`)
    const check = `node --test price.test.mjs && touch ${marker} && ls ${marker}`
    const plainly = () => spawnSync('bash', ['-c', check], { cwd: top, encoding: 'utf8' })
    expect(plainly().status).toBe(1)
    const before = everyByte(top)

    const server = await ollama([
      reply.calls({ name: 'read_file', arguments: { path: 'price.mjs' } }),
      reply.calls({ name: 'edit_file', arguments: { path: 'price.mjs', old: 'a - b', new: 'a + b' } }),
      reply.text('total() subtracted; it adds now, price.mjs:3.'),
    ])
    const args = ['total() is wrong', '--allow', 'write', '--check', check, '--format', 'json']
    const ended = await localBrain(args, { cwd: top, host: server.url, env })
    expect(ended).toMatchObject({ code: 0 })
    const report = reportOf(ended)
    expect(report).toMatchObject({
      access: { sandbox: expect.stringMatching(/^bubblewrap/) as string, network: false, scratch: 'copy' },
      changes: [{ path: 'price.mjs', kind: 'modify', added: 1, removed: 1 }],
      checks: [{ command: check, before: 'failed', after: 'ok', exitCode: 0 }],
      proposal: { applied: false },
    })
    // It ran, in a place of its own.
    expect(JSON.stringify(report)).toContain(`\\n${marker}\\n`)
    expect(existsSync(marker)).toBe(false)
    expect(changed(top, before)).toEqual([])
    expect(readdirSync(join(env.HOME, '.cache/local-brain/scratch'))).toEqual([])

    expect(await localBrain(['apply'], { cwd: top, env })).toMatchObject({ code: 0 })
    expect(changed(top, before)).toEqual(['price.mjs'])
    expect(readFileSync(join(top, 'price.mjs'), 'utf8')).toContain('a + b')
    // Outside of the sandbox the same check leaves its mark.
    expect(plainly().stdout).toContain(marker)
    execFileSync('rm', [marker])

    expect(await localBrain(['undo'], { cwd: top, env })).toMatchObject({ code: 0 })
    expect(changed(top, before)).toEqual([])
  },
)
