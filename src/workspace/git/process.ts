import { existsSync } from 'node:fs'
import { LocalBrainError } from '../../errors.ts'
import { parseComplaint } from './complaint.ts'

/** What is the same for every run of git in one place. */
export type GitStart = {
  /** Absolute: a bare name would be looked for again, in whatever the environment says. */
  program: string
  cwd: string
  env: Readonly<Record<string, string>>
  signal?: AbortSignal | undefined
}

/** One run of git, with nothing left to chance: program, folder, environment, arguments and bounds. */
export type GitProcess = GitStart & {
  args: readonly string[]
  maxBytes: number
  timeoutMs: number
  input?: string
  exitCodes?: readonly number[]
  clip?: boolean
  /** Is called once, with the first bytes that git writes. */
  onOutput?: (start: Uint8Array) => void
}

// simple-git guards against settings that start programs. We set exactly these ourselves, to switch them off.
const ourOverrides = {
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  // It distrusts every path with a blank in it.
  allowUnsafeCustomBinary: true,
  allowUnsafeFilter: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeHooksPath: true,
  allowUnsafePager: true,
}

/**
 * Kilobytes of memory of its own, and seconds of work: a tree of some bytes can stand for 10,000,000,000 files, and a
 * blob of a megabyte for a thousand. Files that git maps, such as packs, do not count. Linux only: elsewhere a process
 * cannot be bounded like this.
 */
const maxMemory = 1024 * 1024
const maxSeconds = 300
const shell = '/bin/sh'
const isBounded = process.platform === 'linux' && existsSync(shell)
// guard: git-memory
const bound = ['-c', `{ ulimit -t ${maxSeconds}; ulimit -d ${maxMemory}; } 2>/dev/null; exec "$@"`, 'sh']

/**
 * Standard output, as bytes. Rejects with LocalBrainError('git-failed'), or with the signal's reason.
 * @internal
 */
export async function runGit(task: GitProcess): Promise<Buffer> {
  const { simpleGit } = await import('simple-git')
  task.signal?.throwIfAborted()
  if (!existsSync(task.cwd)) {
    throw new LocalBrainError('git-failed', `git ${task.args[0]}: the folder that it works in was removed`)
  }
  const stop = new AbortController()
  const output = createOutput(task, (reason) => stop.abort(reason))
  let exitCode = -1
  let complaint = ''
  const git = simpleGit({
    binary: isBounded ? shell : task.program,
    baseDir: task.cwd,
    abort: stop.signal,
    // Its default waits on a timer of 50 ms that keeps the whole program alive.
    completion: { onClose: true, onExit: false },
    allowEnvironment: Object.keys(task.env),
    unsafe: ourOverrides,
    // An empty text would be taken for none, and git would wait for its input for ever.
    // guard: git-input-ends
    input: () => (task.input === undefined ? undefined : Buffer.from(task.input)),
    // It takes an exit code without a message for success; we look at the code ourselves.
    errors: (_error, result) => {
      exitCode = result.exitCode
      complaint = Buffer.concat(result.stdErr).toString('utf8')
      return undefined
    },
  })
  git.env({ ...task.env }).outputHandler(output.attach)
  try {
    await settle(git.raw(isBounded ? [...bound, task.program, ...task.args] : [...task.args]), task, stop)
  } catch (error) {
    if (error === enough) return output.bytes()
    throw error
  } finally {
    output.close()
  }
  if (exitCode !== 0 && !task.exitCodes?.includes(exitCode)) throw failure(task.args, exitCode, complaint)
  return output.bytes()
}

// Why a process was stopped that had nothing more to tell.
const enough = new Error('enough')

/** Waits for git, its time limit or the caller's signal: whichever is first, without waiting for a process that hangs. */
async function settle(running: PromiseLike<string>, task: GitProcess, stop: AbortController): Promise<void> {
  const slow = new LocalBrainError('git-failed', `git ${task.args[0]} took longer than ${task.timeoutMs / 1000} s`)
  const timer = setTimeout(() => stop.abort(slow), task.timeoutMs)
  const interrupt = () => stop.abort(task.signal?.reason)
  // guard: git-interrupt
  task.signal?.addEventListener('abort', interrupt)
  try {
    await new Promise<void>((resolve, reject) => {
      stop.signal.addEventListener('abort', () => reject(stop.signal.reason as Error))
      running.then(() => resolve(), reject)
    })
  } finally {
    clearTimeout(timer)
    task.signal?.removeEventListener('abort', interrupt)
  }
}

const maxComplaints = 4 * 1024 * 1024

function createOutput({ args, maxBytes, clip, onOutput }: GitProcess, stop: (reason: Error) => void) {
  const chunks: Buffer[] = []
  const streams: NodeJS.ReadableStream[] = []
  let size = 0
  return {
    attach: (_command: string, stdout: NodeJS.ReadableStream, stderr: NodeJS.ReadableStream) => {
      streams.push(stdout, stderr)
      let complaints = 0
      stderr.on('data', (chunk: Buffer) => {
        complaints += chunk.length
        if (complaints > maxComplaints)
          stop(new LocalBrainError('git-failed', `git ${args[0]}: it wrote too many error messages`))
      })
      // It waits 50 ms more for a command that printed nothing, and no option turns that off; this tells it that all is here.
      stdout.once('end', () => stdout.emit('data', Buffer.alloc(0)))
      stdout.on('data', (chunk: Buffer) => {
        if (size === 0 && chunk.length > 0) onOutput?.(chunk)
        if (size <= maxBytes) chunks.push(chunk.subarray(0, maxBytes - size))
        size += chunk.length
        if (size <= maxBytes) return
        stop(
          clip
            ? enough
            : new LocalBrainError('git-failed', `git ${args[0]} wrote more than ${maxBytes / 1024 / 1024} MB`),
        )
      })
    },
    bytes: () => Buffer.concat(chunks),
    // A pipe that something orphaned still holds must not keep this program alive.
    close: () => {
      for (const stream of streams) if ('destroy' in stream) (stream as NodeJS.ReadStream).destroy()
    },
  }
}

/** In our words. `cause` is the kind of complaint. */
function failure([command]: readonly string[], exitCode: number, text: string): LocalBrainError {
  // guard: git-words
  const { complaint, words, hint } = parseComplaint(text)
  const reason = words ?? (exitCode < 0 ? 'it could not be started' : `it failed with exit code ${exitCode}`)
  return new LocalBrainError('git-failed', `git ${command}: ${reason}`, { hint, cause: complaint })
}
