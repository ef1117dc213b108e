import type { ToolCall } from './model.ts'

/**
 * What a tool may do: `read` inside the workspace, `write` files there, `run` programs. Each includes the one before.
 */
export type Access = 'read' | 'write' | 'run'

/** What a permit is asked before a tool is called. `preview` shows what would happen, if the tool can say. */
export type Question = { call: ToolCall; access: Access; preview?: string }

/** `reason` reaches the model as the result of the call. */
export type Decision = { allow: true; remember?: 'session' } | { allow: false; reason: string }

/**
 * Decides about one call. Each door passes its own: a prompt on a terminal, a policy, `readOnly`. It may take as long
 * as a person needs; this time does not count against the tool's limit. Rejects with the signal's reason when aborted.
 */
export type Permit = (question: Question, signal: AbortSignal) => Promise<Decision>

/** For doors that cannot ask a person: tools may read and nothing else. */
export const readOnly: Permit = ({ access }) =>
  Promise.resolve(access === 'read' ? { allow: true } : { allow: false, reason: 'only reading is allowed here' })
