import { isError } from '../errors.ts'
import { clipLine } from '../text/clip.ts'
import type { Compaction, ConversationSettings } from './conversation-settings.ts'
import { asData } from './events.ts'
import { minRemoved, removedResult } from './fit.ts'
import type { AssistantMessage, Message, Model, ToolSpec, Usage } from './model.ts'
import { kept } from './recent.ts'
import { noUsage } from './usage.ts'

/** Shares of the window: above the first the conversation is shortened, at most the second is in use afterwards. */
const share = { full: 0.7, freed: 0.5 }

/** Tokens of the notes that the model writes. */
const maxNotes = 600

/** The messages after that, and what the notes cost. */
export type Compacted = { messages: Message[]; usage: Usage }

export type Compacting = Pick<ConversationSettings, 'model' | 'emit'> &
  Compaction & {
    tools: readonly ToolSpec[]
    signal: AbortSignal
    /** Shorten it to notes, however full the window is. */
    force?: boolean
  }

/**
 * The messages of a conversation, shortened when they fill too much of the window; undefined when they need not be. The
 * oldest tool results give way first. If that is not enough, the model writes notes: these, the system text and the last
 * exchanges stay, unless that is no shorter.
 */
export async function compactMessages(
  messages: readonly Message[],
  { force = false, ...compacting }: Compacting,
): Promise<Compacted | undefined> {
  const { model, tools, emit } = compacting
  const size = (some: readonly Message[]) => model.tokens(some, tools)
  const before = size(messages)
  if (!force && before <= model.window * share.full) return undefined
  const lighter = withoutOldResults(messages, size, model.window * share.freed)
  if (!force && size(lighter) <= model.window * share.full) {
    emit({ type: 'compact', before, after: size(lighter) })
    return { messages: lighter, usage: noUsage }
  }
  const { text: notes, usage } = await writeNotes(lighter, compacting)
  const head = [...systemOf(messages), ...notesMessages(notes, compacting.changed())]
  const recent = kept(
    lighter.slice(systemOf(messages).length).filter((message) => !isNotes(message)),
    {
      room: model.window * share.freed - size(head),
      force,
      size: (some) => model.tokens(some, []),
      bytes: (tokens) => model.bytes(tokens),
    },
  )
  const shortened = [...head, ...recent]
  const after = size(shortened)
  const least = size(lighter)
  if (after < least) {
    emit({ type: 'compact', before, after, notes, kept: recent.length })
    return { messages: shortened, usage }
  }
  if (least < before) emit({ type: 'compact', before, after: least })
  else emit({ type: 'warning', message: 'notes would be no shorter than the conversation, which stays as it is' })
  return { messages: lighter, usage }
}

function systemOf(messages: readonly Message[]): Message[] {
  const end = messages.findIndex(({ role }) => role !== 'system')
  return messages.slice(0, end < 0 ? messages.length : end)
}

/** Without the oldest results; those that the model has not answered yet stay as long as there is another way. */
function withoutOldResults(
  messages: readonly Message[],
  size: (messages: readonly Message[]) => number,
  wanted: number,
): Message[] {
  const lighter = [...messages]
  const last = lighter.findLastIndex(({ role }) => role === 'assistant')
  for (const [at, message] of lighter.entries()) {
    if (at > last || size(lighter) <= wanted) break
    if (message.role !== 'tool' || message.content.length <= minRemoved) continue
    lighter[at] = { ...message, content: removedResult(message) }
  }
  return lighter
}

const beginning = '[The conversation so far was shortened to these notes]'
const agreed: AssistantMessage = { role: 'assistant', content: 'I go on from these notes.', toolCalls: [] }

function isNotes(message: Message): boolean {
  return message === agreed || (message.role === 'user' && message.content.startsWith(beginning))
}

/** A question and its answer, since some templates demand that the two take turns. */
export function notesMessages(notes: string, changed: readonly string[]): Message[] {
  const list = changed.length === 0 ? '' : `\n\n${changedHeading}\n${changedLines(changed).join('\n')}`
  return [{ role: 'user', content: `${beginning}\n${notes}${list}` }, agreed]
}

const changedHeading = 'Files changed so far, as local-brain recorded them:'
const maxChanged = 60

/** The newest come last and stay. */
function changedLines(changed: readonly string[]): string[] {
  const left = changed.length - maxChanged
  const lines = changed.slice(-maxChanged).map((line) => `- ${clipLine(line, 120)}`)
  return left > 0 ? [`- ${left} more before these`, ...lines] : lines
}

const request = `Write notes on this conversation, at most 400 words, for yourself: you will go on from them and see nothing else of it.
Goal: what the person wants in the end.
Decisions: what was agreed and what was found out, with file names and line numbers.
Open: what is left to do, and what was refused.
Write the notes only. Do not list the changed files: they are recorded for you.`

type Notes = { text: string; usage: Usage }

/** What the model notes, or what can be said without it: a conversation does not end because notes failed. */
async function writeNotes(messages: readonly Message[], { model, signal, emit }: Compacting): Promise<Notes> {
  const asked: Message = { role: 'user', content: request }
  const shown = fitting([...messages, asked], model, maxNotes)
  let usage = noUsage
  try {
    const wanted = { messages: shown, tools: [], maxTokens: maxNotes, temperature: 0 }
    const reply = shown.length === 0 ? undefined : await model.chat(wanted, { signal, emit: asData(emit) })
    usage = reply?.usage ?? noUsage
    const text = reply?.message.content.trim() ?? ''
    if (text !== '') return { text: clipTo(text, model.bytes(maxNotes)), usage }
  } catch (error) {
    signal.throwIfAborted()
    if (!isError(error)) throw error
  }
  emit({ type: 'warning', message: 'the model wrote no notes; what was asked is kept in their place' })
  return { text: clipTo(plainNotes(messages), model.bytes(maxNotes)), usage }
}

/** What the person asked, the latest last. */
function plainNotes(messages: readonly Message[]): string {
  const asked = messages.flatMap((message) =>
    message.role === 'user' && !isNotes(message) ? [`- ${clipLine(message.content.replaceAll(/\s+/g, ' '), 200)}`] : [],
  )
  return `The person asked, in this order:\n${asked.slice(-12).join('\n')}`
}

function clipTo(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars)} […]`
}

/** As many of the latest messages as fit beside the first ones; none when not even one does. */
function fitting(messages: readonly Message[], model: Model, maxTokens: number): Message[] {
  const system = systemOf(messages)
  const rest = messages.slice(system.length)
  const fits = () => model.tokens([...system, ...rest], []) + maxTokens <= model.window
  // What follows an answer begins with a question.
  while (!fits() && rest.length > 1) {
    rest.shift()
    while (rest.length > 1 && rest[0]?.role !== 'user') rest.shift()
  }
  return fits() ? [...system, ...rest] : []
}
