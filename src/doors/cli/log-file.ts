import { type FileHandle, open } from 'node:fs/promises'
import type { AgentEvent } from '../../core/events.ts'
import { LocalBrainError } from '../../errors.ts'
import { redactSecrets } from '../../tasks/findings/secrets.ts'
import { safeJson } from '../../text/escape.ts'
import { forStream } from './output.ts'

export type Log = {
  write: (event: AgentEvent) => void
  /** What kept it from being written; the run it tells about goes on all the same. */
  close: () => Promise<LocalBrainError | undefined>
}

/** `--log-file`: every event as one line of JSON, with the time it happened. A log is kept, and shown to others. */
export async function createLog(file: string | undefined): Promise<Log> {
  if (file === undefined) return { write: () => undefined, close: async () => undefined }
  const handle = await openLog(file)
  // Lines are written in order, one after the other, and waited for only at the end.
  let written = Promise.resolve()
  let failure: LocalBrainError | undefined
  return {
    write(event) {
      // The file may be a stream: /dev/stderr.
      const line = forStream(`${safeJson(withoutSecrets({ time: new Date().toISOString(), ...event }), 0)}\n`)
      written = written
        .then(async () => handle.appendFile(line))
        .catch((error: unknown) => {
          // guard: log-failure
          failure ??= logError(file, 'written', error)
        })
    },
    async close() {
      await written
      await handle.close()
      return failure
    },
  }
}

/** The same with every secret that stands whole in one of its texts cut short. */
function withoutSecrets(value: unknown): unknown {
  // guard: log-secrets
  return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    typeof part === 'string' ? redactSecrets(part) : part,
  )
}

async function openLog(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'a', 0o600)
  } catch (error) {
    throw logError(file, 'opened', error)
  }
}

function logError(file: string, what: string, cause: unknown): LocalBrainError {
  return new LocalBrainError('output', `"${file}" could not be ${what}: ${(cause as Error).message}`, {
    hint: 'name another file with --log-file',
    cause,
  })
}
