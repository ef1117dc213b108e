import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { createFolder, createRepository } from '../../workspace.ts'
import { hasSandbox } from '../../workspace/sandbox/found.ts'
import { localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

const skill = 'name: s\ndescription: d\naccess: run\ntools: [run_command]\nuser_prompt_template: "{{ input }}"\n'

/** How many processes have this word on their command line. */
function running(word: string): number {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && wordsOf(pid).includes(word)).length
}

function wordsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')
  } catch {
    return []
  }
}

/** Sends a signal to the program once its command has started others, one of which left its session. */
async function endWith(signal: NodeJS.Signals, sandbox: 'auto' | 'none', count: number) {
  const top = createRepository({ 'go.sh': 'setsid sleep "$1" >/dev/null 2>&1 &\nsleep "$1"\n' })
  const env = { HOME: createFolder({ '.config/local-brain/skills/s/skill.yaml': skill }) }
  const seconds = String(100_000 + count)
  const command = { name: 'run_command', arguments: { command: `sh go.sh ${seconds}` } }
  const server = await ollama([reply.calls(command), reply.text('Done.')])
  const args = ['-s', 's', 'go', '--allow', 'run', '--sandbox', sandbox, '--commands', 'sh go.sh']
  let kill: ((signal: NodeJS.Signals) => void) | undefined
  const ended = localBrain(args, { cwd: top, host: server.url, env, onStart: (by) => (kill = by) })
  await vi.waitFor(() => expect(running(seconds)).toBeGreaterThanOrEqual(3), { timeout: 25_000, interval: 50 })
  kill?.(signal)
  const { code } = await ended
  await vi.waitFor(() => expect(running(seconds)).toBe(0), { timeout: 20_000, interval: 50 })
  return { code, top, env }
}

/** The copies of runs that lie in a home folder. */
const copiesIn = ({ HOME }: { HOME: string }) => readdirSync(join(HOME, '.cache/local-brain/scratch'))

/** Everything that is kept, parsed; a torn line throws. */
function keptIn({ HOME }: { HOME: string }): unknown[] {
  const state = join(HOME, '.local/state/local-brain')
  const files = readdirSync(state, { recursive: true, encoding: 'utf8' }).filter((name) => /\.jsonl?$/.test(name))
  const texts = files.map((name) => ({ name, text: readFileSync(join(state, name), 'utf8') }))
  return texts
    .flatMap(({ name, text }) => (name.endsWith('l') ? text.trim().split('\n') : [text]))
    .map((one): unknown => JSON.parse(one))
}

describe.skipIf(process.platform !== 'linux')('however the program ends, its commands end with it', () => {
  test.skipIf(!hasSandbox)(
    'in the sandbox',
    async () => {
      const signals = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const
      const ended = await Promise.all(signals.map(async (signal, at) => endWith(signal, 'auto', 11 + at)))
      expect(ended.map(({ code }) => code)).toEqual([143, 143, 130])
      expect(ended.flatMap(({ env }) => copiesIn(env))).toEqual([])
    },
    60_000,
  )

  test.skipIf(!hasSandbox)(
    'killed as well, and what a killed run left is swept by the next one',
    async () => {
      const { code, top, env } = await endWith('SIGKILL', 'auto', 21)
      expect(code).toBeNull()
      expect(copiesIn(env)).toHaveLength(1)
      const edit = { name: 'write_file', arguments: { path: 'new.txt', content: 'x' } }
      const server = await ollama([reply.calls(edit), reply.text('Done.')])
      const next = await localBrain(['go', '--allow', 'write'], { cwd: top, host: server.url, env })
      expect(next).toMatchObject({ code: 0, stdout: expect.stringContaining('Proposed: 1 file') as string })
      expect(copiesIn(env)).toEqual([])
      expect(keptIn(env)).not.toEqual([])
    },
    60_000,
  )

  test('and without one', async () => {
    const ended = await Promise.all([endWith('SIGKILL', 'none', 31), endWith('SIGINT', 'none', 32)])
    expect(ended.map(({ code }) => code)).toEqual([null, 130])
  }, 60_000)
})
