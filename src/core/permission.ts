import type { ToolCall } from './model.ts'

/** What a tool may do: `read` inside the workspace, `write` files there, `run` programs. Each includes the one before. */
export type Access = 'read' | 'write' | 'run'

/** What somebody is asked before a tool is called. `preview` shows what would happen, where the tool can say. */
export type Question = { call: ToolCall; access: Access; preview?: string }

/** `reason` reaches the model as the result of the call. */
export type Decision = { allow: true; remember?: 'session' } | { allow: false; reason: string }

/**
 * Decides about one call. The door answers: a prompt on a terminal, a policy, `readOnly`. May take as long as a person
 * thinks; the time does not count against the tool's limit. Rejects with the signal's reason when aborted.
 */
export type Permit = (question: Question, signal: AbortSignal) => Promise<Decision>

/** For whoever has nobody to ask: tools may read, and nothing else. */
export const readOnly: Permit = ({ access }) =>
  Promise.resolve(access === 'read' ? { allow: true } : { allow: false, reason: 'only reading is allowed here' })
