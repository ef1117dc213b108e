import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { shop } from '../../app/work/project.ts'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { createFolder, createRepository } from '../../workspace.ts'
import { hasSandbox } from '../../workspace/sandbox/found.ts'
import { type Invocation, localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

const mend = { name: 'edit_file', arguments: { path: 'cart.js', old: 'sum - price', new: 'sum + price' } }
const good = () => [reply.calls(mend), reply.text('I am done and all tests pass.')]

type More = Partial<Invocation> & { script?: Parameters<typeof ollama>[0]; top?: string }

async function work(args: string[], { script = good(), top = createRepository(shop), ...more }: More = {}) {
  const server = await ollama(script)
  const env = { HOME: createFolder() }
  const ended = await localBrain(args, { cwd: top, host: server.url, env, ...more })
  return { ...ended, top, env, server }
}

const cartIn = (top: string) => readFileSync(join(top, 'cart.js'), 'utf8')

describe.runIf(hasSandbox)('local-brain work', () => {
  test('carries a task out in a copy, says what checks say, and proposes a patch', async () => {
    const ended = await work(['work', 'fix.md', '--allow', 'run'])
    expect(ended.stdout).toBe(
      [
        'Verdict: done (1 check failed before and holds now)',
        '',
        'Checks:',
        '',
        '- bash test.sh: failed before, holds now',
        '',
        '- M cart.js +1 −1',
        '',
        'Proposed: 1 file, +1 −1. Apply: local-brain apply',
        '',
      ].join('\n'),
    )
    expect(ended.code).toBe(0)
    expect(ended.stderr).toMatch(
      /✗ bash test\.sh fails[^]*round 1 of 3\n[^]*→ edit_file cart\.js[^]*✓ bash test\.sh holds now/,
    )
    expect(ended.stderr).not.toContain('I am done')
    expect(cartIn(ended.top)).toBe(shop['cart.js'])
    expect(await localBrain(['apply'], { cwd: ended.top, env: ended.env })).toMatchObject({ code: 0 })
    expect(cartIn(ended.top)).toContain('sum + price')
  })

  test('is the same as the skill of that name, and takes the task from standard input', async () => {
    const skill = await work(['-s', 'work', '-f', 'fix.md', '--allow', 'run', '--format', 'json'])
    expect(reportOf(skill)).toMatchObject({
      exitCode: 0,
      skill: 'work',
      scope: { kind: 'spec' },
      verified: true,
      rounds: 1,
    })
    const args = ['work', '-', '--allow', 'run', '--check', 'bash test.sh', '--format', 'json']
    const piped = await work(args, { stdin: '# Fix the total\n' })
    expect(reportOf(piped)).toMatchObject({ exitCode: 0, checks: [{ command: 'bash test.sh', after: 'ok' }] })
    const told = piped.server.requests[0]?.messages.map(({ content }) => content).join('\n')
    expect(told).toContain('# Fix the total')
  })

  test('puts the changes into the working tree when every check holds, and only then', async () => {
    const applied = await work(['work', 'fix.md', '--allow', 'run', '--apply'])
    expect(applied).toMatchObject({ code: 0, stdout: expect.stringContaining('\nApplied: 1 file, +1 −1.') as string })
    expect(cartIn(applied.top)).toContain('sum + price')
    const wrong = [reply.calls({ ...mend, arguments: { ...mend.arguments, new: 'sum * price' } }), reply.text('Done.')]
    const kept = await work(['work', 'fix.md', '--allow', 'run', '--apply', '--rounds', '1'], { script: wrong })
    expect(kept).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^Verdict: not done \(1 check fails\)/) as string,
    })
    expect(kept.stdout).toContain('Proposed: 1 file')
    expect(kept.stderr).toContain('warning: the changes are only proposed, since not every check holds')
    expect(cartIn(kept.top)).toBe(shop['cart.js'])
  })
})
