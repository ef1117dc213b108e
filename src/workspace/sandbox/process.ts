import { spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import { createOutput } from './output.ts'

type Started = {
  /** Absolute. */
  program: string
  args: readonly string[]
  env: Readonly<Record<string, string>>
  cwd: string
  /** Written to file descriptor 3. */
  filter?: Uint8Array | undefined
  /** File descriptor 3 stays open until the program has ended, and closes when this process is gone. */
  watched?: boolean
  input?: string | undefined
  timeoutMs: number
  signal: AbortSignal
  /** Called with what is printed as it comes, up to the limit. */
  onOutput?: ((chunk: Uint8Array) => void) | undefined
}

/** How a command ended. `output` is as it was printed: untrusted, standard output and error in the order they came. */
export type Ended = {
  /** Null when it was ended by a signal. */
  exitCode: number | null
  signal: string | null
  ms: number
  /** Printed in all; `output` holds the beginning and the end. */
  bytes: number
  output: string
  /** Why it was ended before it was done. */
  reason?: 'timeout' | 'output' | 'interrupted'
}

/** How long to wait for output that is still in the pipe once the process is gone. */
const drainMs = 200

/**
 * Runs a program in a process group of its own. It never outlives its time or the signal; that it does not outlive this
 * process either, nor what it started its group, is bubblewrap's part.
 */
export async function runProcess(options: Started): Promise<Ended> {
  const { timeoutMs, signal, onOutput } = options
  signal.throwIfAborted()
  const started = performance.now()
  const output = createOutput()
  let reason: Ended['reason']
  const child = start(options)
  const end = (why: NonNullable<Ended['reason']>) => {
    reason ??= why
    killGroup(child.pid)
  }
  const take = (chunk: Buffer) => {
    // guard: command-output
    if (!output.add(chunk)) end('output')
    onOutput?.(chunk)
  }
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', take)
  // guard: command-timeout
  const timer = setTimeout(() => end('timeout'), timeoutMs)
  const interrupt = () => end('interrupted')
  // guard: command-interrupt
  signal.addEventListener('abort', interrupt, { once: true })
  try {
    const how = await ending(child)
    const ms = Math.round(performance.now() - started)
    return { ...how, ms, bytes: output.bytes, output: output.text(), reason }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', interrupt)
    killGroup(child.pid)
    for (const stream of child.stdio) stream?.destroy()
  }
}

function start({ program, args, env, cwd, filter, watched = false, input }: Started) {
  const child = spawn(program, args, {
    env,
    cwd,
    detached: true,
    stdio: [
      input === undefined ? 'ignore' : 'pipe',
      'pipe',
      'pipe',
      filter === undefined && !watched ? 'ignore' : 'pipe',
    ],
  })
  // A program that does not read its input closes it.
  child.stdin?.on('error', () => {}).end(input)
  const third = (child.stdio[3] as Writable | null)?.on('error', () => {})
  if (!watched) third?.end(filter)
  return child
}

/** Resolves once the process is gone and its output read; what still holds the pipe is not waited for. */
async function ending(child: ReturnType<typeof spawn>): Promise<Pick<Ended, 'exitCode' | 'signal'>> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (exitCode, signal) => setTimeout(() => resolve({ exitCode, signal }), drainMs))
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }))
  })
}

/** The negative number is the whole group. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It is gone.
  }
}
