import type { Message } from './model.ts'

/** Exchanges that stay word for word, besides the question that is being answered. */
const exchanges = 2

type Room = {
  /** Tokens that the messages may take. */
  room: number
  /** The question that was answered last need not be kept besides the exchanges. */
  force: boolean
  size: (messages: readonly Message[]) => number
  bytes: (tokens: number) => number
}

/**
 * The latest messages that fit: the last exchanges, or fewer, or of the present one its question and the latest calls. They
 * begin with a question.
 */
export function kept(messages: readonly Message[], { room, force, size, bytes }: Room): Message[] {
  const starts = messages.flatMap(({ role }, at) => (role === 'user' ? [at] : []))
  const isAsking = !force && messages.at(-1)?.role !== 'assistant'
  for (let count = exchanges + (isAsking ? 1 : 0); count > 0; count -= 1) {
    const start = starts.at(-count)
    const some = start === undefined ? undefined : messages.slice(start)
    if (some !== undefined && size(some) <= room) return some
  }
  const start = starts.at(-1)
  return start === undefined ? [] : latest(messages.slice(start), { room, size, bytes })
}

/** The question, and as many of the latest steps as fit behind it. */
function latest([question, ...rest]: readonly Message[], { room, size, bytes }: Omit<Room, 'force'>): Message[] {
  if (question === undefined) return []
  const maxBytes = Math.max(400, bytes(room / 2))
  const asked =
    question.content.length <= maxBytes ? question : { ...question, content: clipped(question.content, maxBytes) }
  let taken: Message[] = []
  for (const step of stepsOf(rest).toReversed()) {
    if (size([asked, ...step, ...taken]) > room) break
    taken = [...step, ...taken]
  }
  return [asked, ...taken]
}

function clipped(text: string, maxBytes: number): string {
  const half = Math.floor(maxBytes / 2)
  return `${text.slice(0, half)}\n[${text.length - 2 * half} characters left out to make room]\n${text.slice(-half)}`
}

/** Each reply of the model with the results of its calls. */
function stepsOf(messages: readonly Message[]): Message[][] {
  const steps: Message[][] = []
  for (const message of messages) {
    const step = steps.at(-1)
    if (step === undefined || message.role === 'assistant') steps.push([message])
    else step.push(message)
  }
  return steps
}
