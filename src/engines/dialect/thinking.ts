import type { Think } from '../engine.ts'

export type ThinkWish = {
  capabilities: readonly string[]
  /** The model's family, as `/api/show` gives it. */
  family?: string
  wish?: Think
  /** The reply has to follow a schema. */
  structured: boolean
}

/**
 * The `think` to send: off unless wished, since the server's own default is on. gpt-oss can't switch it off, so it gets a
 * level. A structured reply is never thought about: the schema would not hold until the thinking ends. A model without the
 * capability is never asked for it, which would be a 400.
 */
export function thinkFor({ capabilities, family = '', wish = false, structured }: ThinkWish): Think {
  if (/^gpt-?oss/i.test(family)) {
    if (structured || wish === false) return 'low'
    return wish === true ? 'medium' : wish
  }
  return structured || !capabilities.includes('thinking') ? false : wish
}

/** What a piece of text adds to the answer, and what was thinking in it. */
export type Split = { content: string; thinking: string }

export type ThinkingFilter = {
  push(text: string): Split
  /** What was held back until it could be told what it is. */
  end(): Split
}

/** A marked part of a reply: where it goes and what ends it. No `close`: it goes on to the end. */
type Part = { to: keyof Split; close: readonly string[] }

const pairs: readonly [open: string, close: string][] = [
  ['<think>', '</think>'],
  ['<thinking>', '</thinking>'],
  ['<|channel>thought', '<channel|>'],
]
const harmonyStarts = ['<|start|>assistant<|channel|>', '<|channel|>']
const harmonyHeader = /^(?:<\|start\|>assistant)?<\|channel\|>(\w+)([^<]*)<\|message\|>/
const maxHeader = 200
const answer: Part = { to: 'content', close: [] }

/**
 * Takes thinking that leaked into the text out of it, while it streams. Only what stands at the head of the reply counts,
 * block after block: later on, such a tag is something that the answer talks about. A harmony message to a tool is left as
 * it is, for recoverToolCalls.
 */
export function createThinkingFilter(): ThinkingFilter {
  let pending = ''
  /** Undefined at the head, where it is still open what comes. */
  let part: Part | undefined
  let found = false

  function take(atEnd: boolean): Split {
    const split: Split = { content: '', thinking: '' }
    for (;;) {
      if (part === undefined) {
        const opening = openingOf(pending)
        if (opening === 'unclear' && !atEnd) return split
        part = typeof opening === 'object' ? opening.part : answer
        if (typeof opening === 'object') pending = opening.rest
        else if (found) pending = pending.trimStart()
        found ||= typeof opening === 'object'
      }
      const { text, rest, closed } = untilClose(pending, part.close, atEnd)
      split[part.to] += text
      pending = rest
      if (!closed) return split
      part = undefined
    }
  }

  return {
    push(text) {
      pending += text
      return take(false)
    },
    end: () => take(true),
  }
}

/** The whole-text form. It also sees a lone closing tag, whose opening one the model's template had already written. */
export function stripThinking(text: string): Split {
  const filter = createThinkingFilter()
  const parts = [filter.push(text), filter.end()]
  const split = {
    content: parts.map((part) => part.content).join(''),
    thinking: parts.map((part) => part.thinking).join(''),
  }
  const lone = split.thinking === '' ? /^[ \t]*<\/think(?:ing)?>[ \t]*$/m.exec(split.content) : null
  if (lone === null) return split
  const before = split.content.slice(0, lone.index)
  // Inside a code fence the tag is part of what is quoted.
  if ((before.match(/^\s*```/gm) ?? []).length % 2 === 1) return split
  return { content: split.content.slice(lone.index + lone[0].length).trimStart(), thinking: before }
}

function openingOf(text: string): { part: Part; rest: string } | 'unclear' | undefined {
  const head = text.trimStart()
  for (const [open, close] of pairs) {
    if (head.startsWith(open)) return { part: { to: 'thinking', close: [close] }, rest: head.slice(open.length) }
  }
  const header = harmonyHeader.exec(head)
  if (header !== null) {
    const [whole, channel, target = ''] = header
    if (target.includes('to=')) return undefined
    const to = channel === 'final' ? 'content' : 'thinking'
    return { part: { to, close: ['<|end|>', '<|return|>'] }, rest: head.slice(whole.length) }
  }
  const opens = [...pairs.map(([open]) => open), ...harmonyStarts]
  const mayBecome = opens.some((open) => open.startsWith(head))
  const inHeader = harmonyStarts.some((start) => head.startsWith(start))
  return text.length < maxHeader && (mayBecome || inHeader) ? 'unclear' : undefined
}

type Cut = { text: string; rest: string; closed: boolean }

function untilClose(text: string, close: readonly string[], atEnd: boolean): Cut {
  const ends = close.map((tag) => ({ tag, at: text.indexOf(tag) })).filter(({ at }) => at >= 0)
  const first = ends.sort((a, b) => a.at - b.at)[0]
  if (first !== undefined) {
    return { text: text.slice(0, first.at), rest: text.slice(first.at + first.tag.length), closed: true }
  }
  const held = atEnd ? 0 : heldBack(text, close)
  return { text: text.slice(0, text.length - held), rest: text.slice(text.length - held), closed: false }
}

/** The length of the longest end of `text` that may be the beginning of one of `tags`. */
function heldBack(text: string, tags: readonly string[]): number {
  const longest = Math.max(0, ...tags.map((tag) => tag.length - 1))
  for (let length = Math.min(longest, text.length); length > 0; length -= 1) {
    if (tags.some((tag) => tag.startsWith(text.slice(text.length - length)))) return length
  }
  return 0
}
