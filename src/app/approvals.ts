import type { AgentEvent, Emit } from '../core/events.ts'
import type { Report } from '../report/report.ts'
import { type AuditEntry, audit } from '../store/audit.ts'

/** Who was asked during a run, and what they answered. */
export type Approvals = {
  emit: Emit
  counts(): NonNullable<Report['approvals']>
  /** Writes them into the audit log. */
  keep(state: string): Promise<void>
}

/** Watches the events of a run. */
export function watchApprovals(emit: Emit): Approvals {
  const counts = { asked: 0, allowed: 0, refused: 0 }
  const tools = new Map<string, string>()
  const entries: AuditEntry[] = []
  const note = (event: AgentEvent) => {
    if (event.type === 'tool_start') tools.set(event.id, event.name)
    if (event.type === 'approval_ask') counts.asked += 1
    if (event.type !== 'approval_answer') return
    const { id, answer, by } = event
    if (answer === 'no') counts.refused += 1
    else if (by === 'person') counts.allowed += 1
    entries.push({ what: 'approval', tool: tools.get(id) ?? '', answer, by })
  }
  return {
    emit(event) {
      note(event)
      emit(event)
    },
    counts: () => ({ ...counts }),
    keep: async (state) => audit(state, entries),
  }
}
