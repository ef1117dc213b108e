import type { AgentEvent, Emit } from '../../core/events.ts'
import type { LocalBrainError } from '../../errors.ts'
import { redactAll } from '../../text/redact.ts'
import { escapeLine } from '../../text/escape.ts'
import { createLog } from './log-file.ts'
import { show } from './output.ts'

/** Shows what a server does: a line for each request, and each call of a tool when asked. Events go to the log file. */
export async function createServeLog(options: {
  quiet: boolean
  verbose: boolean
  file: string | undefined
}): Promise<{ emit: Emit; close(): Promise<LocalBrainError | undefined> }> {
  const { quiet, verbose, file } = options
  const log = await createLog({ logFile: file })
  return {
    emit(event) {
      log.write(event)
      const line = quiet && event.type !== 'warning' ? undefined : lineFor(redactAll(event), verbose)
      if (line !== undefined) show(process.stderr, `${line}\n`)
    },
    close: async () => log.close(),
  }
}

function lineFor(event: AgentEvent, verbose: boolean): string | undefined {
  switch (event.type) {
    case 'request_end':
      return `${event.dialect} ${escapeLine(event.model || '(any model)')} ${event.status} ${(event.ms / 1000).toFixed(1)} s`
    case 'warning':
      return `! ${escapeLine(event.message)}`
    case 'change':
      return `${event.kind} ${escapeLine(event.path)} (+${event.added} -${event.removed})`
    case 'tool_end':
      return verbose
        ? `→ ${escapeLine(event.name)} ${escapeLine(JSON.stringify(event.arguments)).slice(0, 300)} (${event.result.length} chars, ${Math.round(event.ms)} ms${event.ok ? '' : ', error'})`
        : undefined
    default:
      return undefined
  }
}
