import type { ConversationSettings } from '../../core/conversation-settings.ts'
import type { AgentEvent, Emit } from '../../core/events.ts'
import { redactSecrets } from '../../text/redact.ts'
import { escapeLine } from '../../text/escape.ts'

/** Tools that the server carries out itself, and what they work on. */
export type OwnTools = Pick<ConversationSettings, 'tools' | 'permit' | 'workspace' | 'editor' | 'commands'> & {
  /** Has to hear of everything that happens around them. */
  emit: Emit
  /** Keeps what they changed, so that it can be taken back, and who allowed what. Has to be called, whatever happened. */
  keep: (title: string) => Promise<void>
}

const maxArgumentChars = 120

/** A call that was carried out, in one line. */
export function stepLine({ name, arguments: args, ok, result, ms }: Extract<AgentEvent, { type: 'tool_end' }>): string {
  const value = args['path'] ?? args['command'] ?? args['pattern'] ?? Object.values(args)[0] ?? ''
  const what = escapeLine(typeof value === 'string' ? value : JSON.stringify(value)).slice(0, maxArgumentChars)
  const size = `${result.length} chars, ${Math.round(ms)} ms${ok ? '' : ', error'}`
  return redactSecrets(`→ ${escapeLine(name)} ${what} (${size})`)
}
