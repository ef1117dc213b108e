import * as z from 'zod'
import { notesMessages } from '../../core/compact.ts'
import type { Message } from '../../core/model.ts'
import { changeKinds } from '../../workspace/edit-policy.ts'
import type { RecordedChange } from './recorded-change.ts'

/** What was changed in one turn, as a session records it. */
const changeSchema = z.object({
  type: z.literal('change'),
  path: z.string(),
  kind: z.enum(changeKinds),
  from: z.string().optional(),
  added: z.number(),
  removed: z.number(),
  by: z.enum(['tool', 'command']),
  sensitive: z.boolean().optional(),
  step: z.string().optional(),
})

const call = z.object({
  id: z.string(),
  name: z.string(),
  arguments: z.record(z.string(), z.unknown()),
  recovered: z.boolean(),
})

const lineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('user'), content: z.string() }),
  z.object({
    type: z.literal('assistant'),
    content: z.string(),
    thinking: z.string().optional(),
    toolCalls: z.array(call),
  }),
  z.object({ type: z.literal('tool'), content: z.string(), toolCallId: z.string(), toolName: z.string() }),
  z.object({ type: z.literal('approval'), tool: z.string(), answer: z.string(), by: z.string() }),
  changeSchema,
  /** A turn was taken back. */
  z.object({ type: z.literal('undo'), step: z.string() }),
  z.object({
    type: z.literal('compact'),
    before: z.number(),
    after: z.number(),
    notes: z.string().optional(),
    kept: z.number().optional(),
  }),
  /** The last message is about to be asked again: what was said since goes. */
  z.object({ type: z.literal('retry') }),
])

export type Line = z.infer<typeof lineSchema>

/** A line for a message; the system text is no part of a session. */
export function lineOf(message: Message): Line | undefined {
  switch (message.role) {
    case 'system':
      return undefined
    case 'user':
      return { type: 'user', content: message.content }
    case 'assistant': {
      const { content, thinking, toolCalls } = message
      return { type: 'assistant', content, thinking, toolCalls }
    }
    case 'tool': {
      const { content, toolCallId, toolName } = message
      return { type: 'tool', content, toolCallId, toolName }
    }
  }
}

/** What a session says: its messages without the system text, and what was changed and not taken back. */
export type Transcript = { messages: Message[]; changes: RecordedChange[] }

/** Reads lines of a session. One that is not understood is left out, so that a later version's are too. */
export function readTranscript(lines: readonly unknown[]): Transcript {
  let messages: Message[] = []
  let changes: RecordedChange[] = []
  for (const raw of lines) {
    const { data: line } = lineSchema.safeParse(raw)
    if (line === undefined) continue
    if (line.type === 'change') changes.push(line)
    else if (line.type === 'undo') changes = changes.filter(({ step }) => step !== line.step)
    else if (line.type === 'compact') messages = shortened(messages, line, changes)
    else if (line.type === 'retry') messages = beforeLastQuestion(messages)
    else if (line.type !== 'approval') messages.push(messageOf(line))
  }
  return { messages, changes }
}

function messageOf(line: Extract<Line, { type: 'user' | 'assistant' | 'tool' }>): Message {
  switch (line.type) {
    case 'user':
      return { role: 'user', content: line.content }
    case 'assistant': {
      const { content, thinking, toolCalls } = line
      return { role: 'assistant', content, thinking, toolCalls }
    }
    case 'tool': {
      const { content, toolCallId, toolName } = line
      return { role: 'tool', content, toolCallId, toolName }
    }
  }
}

/** Where only old results gave way, nothing is lost: they give way again if they have to. */
function shortened(
  messages: readonly Message[],
  { notes, kept = 0 }: Extract<Line, { type: 'compact' }>,
  changes: readonly RecordedChange[],
): Message[] {
  if (notes === undefined) return [...messages]
  const recent = kept === 0 ? [] : messages.slice(-kept)
  const start = recent.findIndex(({ role }) => role === 'user')
  return [...notesMessages(notes, changedLines(changes)), ...(start < 0 ? [] : recent.slice(start))]
}

/** The messages before the last thing that was asked. */
export function beforeLastQuestion(messages: readonly Message[]): Message[] {
  const at = messages.findLastIndex(({ role }) => role === 'user')
  return at < 0 ? [...messages] : messages.slice(0, at)
}

type FileState = { kind: RecordedChange['kind']; added: number; removed: number; from?: string | undefined }

const words = { create: 'created', modify: 'changed', delete: 'deleted', move: 'moved' } as const

/** One line for each file that is not what it was, in the order in which they were changed first. */
export function changedLines(changes: readonly RecordedChange[]): string[] {
  const files = new Map<string, FileState>()
  for (const { path, kind, from, added, removed } of changes) {
    const old = files.get(from ?? path)
    if (from !== undefined) files.delete(from)
    if (kind === 'delete' && old?.kind === 'create') files.delete(path)
    else
      files.set(path, {
        kind: stateAfter(old?.kind, kind),
        added: added + (old?.added ?? 0),
        removed: removed + (old?.removed ?? 0),
        from: old?.from ?? from,
      })
  }
  return [...files].map(([path, { kind, added, removed, from }]) => {
    const place = from === undefined || kind === 'create' ? '' : ` from ${from}`
    return `${path}: ${words[kind]}${place} (+${added} −${removed})`
  })
}

function stateAfter(before: RecordedChange['kind'] | undefined, kind: RecordedChange['kind']): RecordedChange['kind'] {
  if (before === 'create') return 'create'
  return before === 'move' && kind === 'modify' ? 'move' : before === 'delete' && kind === 'create' ? 'modify' : kind
}
