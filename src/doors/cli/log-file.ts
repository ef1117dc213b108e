import { writingWords } from '../../text/system-words.ts'
import type { FileHandle } from 'node:fs/promises'
import type { AgentEvent } from '../../core/events.ts'
import { LocalBrainError } from '../../errors.ts'
import { createRedactor, redactAll } from '../../text/redact.ts'
import { safeJson } from '../../text/escape.ts'
import type { Report } from '../../report/report.ts'
import type { Shown } from './flags.ts'
import { forStream, show } from './output.ts'
import { openToAppend } from './stream-file.ts'

export type Log = {
  write: (event: AgentEvent) => void
  /** Why it could not be written; the run continues anyway. */
  close: () => Promise<LocalBrainError | undefined>
}

/**
 * Every event as one line of JSON with the time it happened: in the file of `--log-file`, for `--events` on standard
 * output.
 */
export async function createLog({ logFile, events }: Pick<Shown, 'logFile' | 'events'>): Promise<Log> {
  const file = logFile === undefined ? undefined : await createFileLog(logFile)
  const lines = events === true ? redactEvents((event) => show(process.stdout, eventLine(event))) : undefined
  return {
    write(event) {
      file?.write(event)
      lines?.write(event)
    },
    async close() {
      lines?.end()
      return file?.close()
    },
  }
}

/** What ends the lines of `--events`, whatever became of the run. */
export function reportLine(report: Report): string {
  return eventLine({ type: 'report', report })
}

function eventLine(event: AgentEvent | { type: 'report'; report: Report }): string {
  return `${safeJson({ time: new Date().toISOString(), ...event }, 0)}\n`
}

/** A log is kept, and shown to others. */
async function createFileLog(file: string): Promise<Log> {
  const handle = await openLog(file)
  // Lines are written in order, one after the other, and waited for only at the end.
  let written = Promise.resolve()
  let failure: LocalBrainError | undefined
  const append = (event: AgentEvent) => {
    // The file may be a stream: /dev/stderr.
    const line = forStream(eventLine(event))
    written = written
      .then(async () => handle.appendFile(line))
      .catch((error: unknown) => {
        // guard: log-failure
        failure ??= logError(file, 'written', error)
      })
  }
  const redacted = redactEvents(append)
  return {
    write: (event) => redacted.write(event),
    async close() {
      redacted.end()
      await written
      await handle.close()
      return failure
    },
  }
}

type Piece = Extract<AgentEvent, { type: 'text' | 'thinking' | 'data' }>

/** Hands events on without secrets, even where one is spread over several: those wait until it is whole. */
function redactEvents(append: (event: AgentEvent) => void) {
  const redactor = createRedactor()
  let type: Piece['type'] = 'text'
  const put = (text: string) => {
    if (text !== '') append({ type, text })
  }
  return {
    write(event: AgentEvent) {
      const isPiece = event.type === 'text' || event.type === 'thinking' || event.type === 'data'
      if (!isPiece || event.type !== type) put(redactor.end())
      if (isPiece) {
        type = event.type
        // guard: log-pieces
        put(redactor.push(event.text))
      } else {
        // guard: log-secrets
        append(redactAll(event))
      }
    },
    end: () => put(redactor.end()),
  }
}

async function openLog(file: string): Promise<FileHandle> {
  try {
    return await openToAppend(file)
  } catch (error) {
    throw logError(file, 'opened', error)
  }
}

function logError(file: string, what: string, cause: unknown): LocalBrainError {
  return new LocalBrainError('output', `"${file}" could not be ${what}: ${writingWords(cause)}`, {
    hint: 'name another file with --log-file',
    cause,
  })
}
