import { execFileSync, spawn } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { gitEnvironment } from '../../workspace.ts'

export type Ended = { stdout: string; stderr: string; code: number | null; ms: number }

export type Invocation = {
  cwd: string
  /** OLLAMA_HOST; without it nothing listens there. */
  host?: string
  /**
   * What comes through standard input; null: a pipe that stays open and idle; a function gets the pipe. Without it
   * standard input is /dev/null.
   */
  stdin?: string | Buffer | null | ((pipe: Writable) => void) | undefined
  env?: Record<string, string>
  /** Another way to start it, in place of `command`. */
  through?: string[]
  /** Gets the means to send a signal, for tests that act in the middle of a run. */
  onStart?: (kill: (signal: NodeJS.Signals) => void) => void
  /** Gets all of standard error so far, whenever something is added. */
  onStderr?: (text: string) => void
  /** The same of standard output. */
  onStdout?: (text: string) => void
}

/** Another build of the same program may be named: the standalone binary has to pass the same tests. */
const program =
  process.env['LOCAL_BRAIN_BIN'] ?? join(import.meta.dirname, '..', '..', '..', 'dist', 'bin', 'local-brain.js')
const node = process.env['LOCAL_BRAIN_NODE'] ?? process.execPath
/** The words that start the program. */
export const command = program.endsWith('.js') ? [node, program] : [program]

/** Port 9 is "discard": nobody listens. */
const nobody = 'http://127.0.0.1:9'

/** Runs the built program as a person would and waits for its end. Its home is an empty folder. */
export function localBrain(args: string[], invocation: Invocation): Promise<Ended> {
  const { cwd, host = nobody, stdin, env = {}, through = command, onStart, onStderr, onStdout } = invocation
  const home = env['HOME'] ?? temporaryFolder().root
  const [file = '', ...before] = through
  const started = Date.now()
  const child = spawn(file, [...before, ...args], {
    cwd,
    env: { ...gitEnvironment, HOME: home, OLLAMA_HOST: host, ...env },
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  child.stdin?.on('error', () => undefined)
  if (typeof stdin === 'function') stdin(child.stdin as Writable)
  else if (stdin != null) child.stdin?.end(stdin)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
    onStdout?.(stdout)
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
    onStderr?.(stderr)
  })
  onStart?.((signal) => child.kill(signal))
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ stdout, stderr, code, ms: Date.now() - started }))
  })
}

/** A PATH with a git that takes this long to keep what was changed, as with a large project or a slow disk. */
export function slowGit(seconds: number): { PATH: string } {
  const { PATH } = gitEnvironment
  const git = execFileSync('which', ['git'], { encoding: 'utf8' }).trim()
  const { root } = temporaryFolder({
    git: `#!/bin/sh\ncase "$*" in *pack-objects*) sleep ${seconds};; esac\nexec ${git} "$@"\n`,
  })
  chmodSync(join(root, 'git'), 0o755)
  return { PATH: `${root}:${PATH}` }
}
