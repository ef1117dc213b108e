import type { Chat, ChatStatus } from '../../app/chat/chat.ts'
import type { Turn } from '../../app/chat/turn.ts'
import type { Access } from '../../core/access.ts'
import { reasonFor } from '../../core/stop.ts'
import { escapeLine } from '../../text/escape.ts'
import { clipWidth } from '../../text/width.ts'
import { wrapLine } from '../../text/wrap.ts'

/** What is allowed without asking, in a few words. */
const allowedWords: Readonly<Record<Access, string>> = {
  read: 'asks before changes',
  write: 'may write',
  run: 'may write and run',
}

/** One line above the place to type: the model, how full its window is, what is allowed. */
export function statusLine({ model, window, used, allowed, access, scratch }: ChatStatus, columns: number): string {
  const full = `${Math.round((100 * used) / window)} % of ${Math.round(window / 1024)}k`
  const may = access === 'read' ? 'only reads' : allowedWords[allowed]
  return clipWidth([escapeLine(model), full, may, ...(scratch ? ['in a copy'] : [])].join(' · '), columns - 1)
}

/** What a person should know at the beginning. `before`: what the chat continues from. */
export function greeting(status: ChatStatus, before: Chat['messages'], columns: number): string {
  const { root, sandbox, access, scratch } = status
  const folder = scratch ? 'a copy of this folder' : 'this folder'
  const hands = sandbox === null ? 'changes files' : 'changes files and runs commands'
  const what =
    access === 'read' ? `Reads ${folder} and changes nothing.` : `Reads ${folder}, and ${hands} as you allow it.`
  const last = before.findLast(({ role }) => role === 'user')
  const from = last === undefined ? '' : `\n${clipWidth(`Continues after: ${escapeLine(last.content)}`, columns - 1)}`
  return `${escapeLine(root)}\n${wrapLine(what, columns).join('\n')}\n/help lists what you can type.${from}`
}

/** What follows an answer: why it is not whole, and what was changed. */
export function afterTurn({ stop, exitCode, changes }: Turn): string[] {
  const isBroken = exitCode !== 0
  const why = stop === 'interrupted' ? '[stopped]' : `[not a whole answer: ${whyNotWhole(stop)}]`
  const files = [...new Map(changes.map((change) => [change.path, change])).values()]
  const marks = { create: 'A', modify: 'M', delete: 'D', move: 'R' }
  const lines = files.map(({ path, kind, added, removed, sensitive }) => {
    const mark = sensitive === true ? ' [runs by itself]' : ''
    return `${marks[kind]} ${escapeLine(path)} +${added} −${removed}${mark}`
  })
  const canUndo = changes.some(({ step }) => step !== undefined)
  return [...(isBroken ? [why] : []), ...lines, ...(canUndo ? ['/undo takes that back'] : [])]
}

function whyNotWhole(stop: Turn['stop']): string {
  if (stop === 'turn_limit') return 'the most requests for one message were made'
  return stop === 'time_limit' ? `${reasonFor(stop)}; /retry asks again, --timeout gives more` : reasonFor(stop)
}

/** What remains after the chat. */
export function farewell(chat: Pick<Chat, 'changed' | 'status'>): string | undefined {
  const changed = chat.changed().length
  const { session, scratch } = chat.status()
  const left = scratch && changed > 0 ? 'The changes of the copy are gone with it. ' : ''
  const goOn = session === null || session === '' ? '' : `Go on with: local-brain -c "…", or local-brain chat -c`
  return left + goOn === '' ? undefined : left + goOn
}
