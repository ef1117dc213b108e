import type { AgentEvent, Emit } from '../core/events.ts'
import type { CommandRow, Report } from '../report/report.ts'
import { type AuditEntry, audit } from '../store/audit.ts'
import { sha256 } from '../text/hash.ts'

/** What was allowed and run during a run. */
export type Approvals = {
  emit: Emit
  /** Who was asked, and what they answered. */
  counts(): NonNullable<Report['approvals']>
  /** The commands that were run to an end. */
  commands(): CommandRow[]
  /** Writes both into the audit log, which only says of a command which one it was. `project`: the folder. */
  keep(state: string, project: string): Promise<void>
}

type CommandStart = Extract<AgentEvent, { type: 'command_start' }>

/** Watches the events of a run. */
export function watchApprovals(emit: Emit): Approvals {
  const counts = { asked: 0, allowed: 0, refused: 0 }
  const tools = new Map<string, string>()
  const started = new Map<number, CommandStart>()
  const commands: CommandRow[] = []
  const entries: ((project: string) => AuditEntry)[] = []
  const note = (event: AgentEvent) => {
    if (event.type === 'tool_start') tools.set(event.id, event.name)
    if (event.type === 'approval_ask') {
      counts.asked += 1
      tools.set(event.id, event.tool)
    }
    if (event.type === 'command_start') started.set(event.id, event)
    if (event.type === 'command_end') {
      const start = started.get(event.id)
      if (start === undefined) return
      const row = commandRow(start, event)
      const { command, exitCode, sandbox, approvedBy: by } = row
      commands.push(row)
      entries.push((project) => ({ what: 'command', project, sha256: sha256(command), by, sandbox, exitCode }))
    }
    if (event.type !== 'approval_answer') return
    const { id, answer, by } = event
    if (answer === 'no') counts.refused += 1
    else if (by === 'person') counts.allowed += 1
    entries.push(() => ({ what: 'approval', tool: tools.get(id) ?? id, answer, by }))
  }
  return {
    emit(event) {
      note(event)
      emit(event)
    },
    counts: () => ({ ...counts }),
    commands: () => [...commands],
    async keep(state, project) {
      // Write each entry once.
      const lines = entries.splice(0).map((entry) => entry(project))
      await audit(state, lines)
    },
  }
}

function commandRow(
  { command, folder, sandbox, approvedBy }: CommandStart,
  { exitCode, ms, bytes }: Extract<AgentEvent, { type: 'command_end' }>,
): CommandRow {
  return { command, folder, exitCode, ms, bytes, sandbox, approvedBy }
}
