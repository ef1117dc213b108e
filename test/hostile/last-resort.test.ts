import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { hooked } from '../doors/hooks/hook-run.ts'
import { command, localBrain, slowGit } from '../doors/cli/local-brain.ts'
import { ollama, reportOf } from '../doors/cli/ollama.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'

const preload = join(import.meta.dirname, 'busy.mjs')
/** Node reads one of them, the standalone binary the other. */
const busy = { NODE_OPTIONS: `--import=${pathToFileURL(preload).href}`, BUN_OPTIONS: `--preload=${preload}` }
/** Milliseconds that a busy machine may take to start programs. Without the last resort it would be for ever. */
const slack = 2500
const isBinary = command.length === 1

type Stuck = { args?: string[]; busyIn?: string; signal?: NodeJS.Signals }

/** A run whose main thread is busy for ever with the first reply. */
async function stuck({ args = [], busyIn = 'javascript', signal }: Stuck) {
  let kill: (signal: NodeJS.Signals) => void = () => undefined
  let sent = Number.NaN
  const server = await ollama(() => {
    const send = () => {
      sent = Date.now()
      if (signal !== undefined) kill(signal)
    }
    setTimeout(send, 1000)
    setTimeout(() => kill('SIGKILL'), 10_000).unref()
    return reply.text('BUSY')
  })
  const run = await localBrain([...args, 'hello'], {
    cwd: temporaryFolder().root,
    host: server.url,
    env: { ...busy, BUSY_IN: busyIn },
    onStart: (send) => (kill = send),
  })
  return { ...run, afterSignal: Date.now() - sent }
}

describe('a program that is too busy to end by itself ends all the same', () => {
  test('within two seconds of its time limit, with its two lines and its exit code', async () => {
    const run = await stuck({ args: ['--timeout', '3'] })
    expect(run).toMatchObject({ code: 4, stdout: '', stderr: expect.stringMatching(/^error: .*3 s.*\nhint: .*\n$/) })
    expect(run.ms).toBeLessThan(5000 + slack)
  })

  test('but not while it keeps what was changed', async () => {
    const folder = repository({ 'a.ts': 'one()\n' })
    const write = { name: 'write_file', arguments: { path: 'b.ts', content: 'two()\n' } }
    const server = await ollama([reply.calls(write), reply.silent()])
    const env = { HOME: temporaryFolder().root, ...slowGit(4) }
    const args = ['write b.ts', '--allow', 'write', '--timeout', '10']
    const run = await localBrain(args, { cwd: folder.root, host: server.url, env })
    expect(run.stdout).toMatch(/^Proposed: 1 file, \+1 −0\. Apply: local-brain apply$/m)
    expect(run.code).toBe(4)
    expect((await localBrain(['changes', 'show'], { cwd: folder.root, env })).stdout).toContain('+two()')
  })

  test('with one JSON document where that was asked for', async () => {
    const run = await stuck({ args: ['--timeout', '2', '--format', 'json'] })
    expect(reportOf(run)).toMatchObject({ stop: 'time_limit', exitCode: 4, error: { code: 'timeout' } })
    expect(run.code).toBe(4)
  })

  test('in compiled code too, which only the standalone binary can leave with an exit code', async () => {
    const run = await stuck({ args: ['--timeout', '2'], busyIn: 'native' })
    expect(run.stderr).toMatch(/^error: .*2 s.*\nhint: .*\n$/)
    expect(run.code).toBe(isBinary ? 4 : null)
    expect(run.ms).toBeLessThan(4000 + slack)
  })

  test.each<[NodeJS.Signals, string, number | null]>([
    ['SIGINT', 'javascript', 130],
    ['SIGTERM', 'javascript', 143],
    ['SIGINT', 'native', null],
  ])('within a second of %s, busy in %s', async (signal, busyIn, code) => {
    const run = await stuck({ signal, busyIn })
    expect(run.afterSignal).toBeLessThan(1000 + slack / 2)
    // bun gives signals to its main thread only, so there they end the process without a word.
    expect(run.code).toBe(isBinary ? null : code)
    expect(run.stderr).toBe(isBinary ? '' : 'error: Interrupted\nhint: run the same command again\n')
  })

  test.each<[string, string[], number]>([
    ['and the commit goes on', [], 0],
    ['and --strict blocks the commit', ['--strict'], 1],
  ])('in a hook: %s', async (_, options, code) => {
    const script = () => reply.text('BUSY')
    const folder = await hooked({ files: { 'a.ts': 'one()\n' }, script, options: ['--timeout', '3', ...options] })
    folder.write('a.ts', 'two()\n')
    folder.git('add', '-A')
    const started = Date.now()
    const done = await folder.commit(['-m', 'x'], busy)
    expect(Date.now() - started).toBeLessThan(5000 + slack)
    expect(done).toMatchObject({ code, stderr: expect.stringMatching(/^local-brain: .*time limit of 3 s/) })
  })
})
