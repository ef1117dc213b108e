import { readFileSync, readdirSync } from 'node:fs'
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
  return code
}

describe.skipIf(process.platform !== 'linux')('however the program ends, its commands end with it', () => {
  test.skipIf(!hasSandbox)(
    'in the sandbox',
    async () => {
      const [killed, asked] = await Promise.all([endWith('SIGKILL', 'auto', 11), endWith('SIGTERM', 'auto', 12)])
      expect([killed, asked]).toEqual([null, 143])
    },
    60_000,
  )

  test('and without one', async () => {
    const [killed, interrupted] = await Promise.all([endWith('SIGKILL', 'none', 13), endWith('SIGINT', 'none', 14)])
    expect([killed, interrupted]).toEqual([null, 130])
  }, 60_000)
})
