import { readCode } from './code.ts'
import { findHeadPhrase, settleHead } from './head.ts'
import { add, freshState, keep, type LeakOptions, lineLength, type Split, type State } from './leak-state.ts'
import { markStarts, readMark } from './marks.ts'
import { isMention } from './mention.ts'
import { endThinking, inCode, obey } from './obey-mark.ts'

export type { Split } from './leak-state.ts'

export type LeakFilter = {
  push(text: string): Split
  /** What was held back until it could be told what it is. */
  end(): Split
}

/**
 * Takes out of a reply what is no part of its answer, while it streams: thinking of whatever family, marks that end the
 * text and what is behind them, roles in front, a wrapper. In code, in quotations and where a sentence talks about a mark
 * they stay. Takes time in proportion to the text, and finds the same however the text is cut.
 */
export function createLeakFilter(options: LeakOptions = {}): LeakFilter {
  const state = freshState(options)
  const flush = () => {
    const { out } = state
    state.out = { content: '', thinking: '' }
    return out
  }
  return {
    push(text) {
      if (Array.isArray(state.held)) state.held.push(text)
      else {
        state.pending += text
        take(state, false)
      }
      return flush()
    },
    end() {
      take(state, true)
      if (Array.isArray(state.held)) {
        const { thinking, rest, isTold } = settleHead(state.held.join(''))
        state.held = isTold ? undefined : 'never'
        state.isStripped ||= isTold
        state.out.thinking += thinking
        state.pending = rest
        take(state, true)
        if (Array.isArray(state.held)) state.out.content += state.held.join('')
      }
      if (state.isHead && !state.isStripped) state.out.content += state.lead
      return flush()
    },
  }
}

/** The same of a whole text. */
export function splitLeaks(text: string, options?: LeakOptions): Split {
  const filter = createLeakFilter(options)
  const [first, last] = [filter.push(text), filter.end()]
  if (last.withdrawn) return { content: last.content, thinking: first.thinking + first.content + last.thinking }
  return { content: first.content + last.content, thinking: first.thinking + last.thinking }
}

/** Goes from one character that may matter to the next, as far as it is clear what they mean. */
function take(state: State, atEnd: boolean): void {
  const text = state.pending
  let at = 0
  while (at < text.length && !state.isEnded && !Array.isArray(state.held)) {
    const head = state.isHead && state.part === 'content' ? passHead(state, text, at, atEnd) : at
    if (head === undefined) break
    if (head !== at || Array.isArray(state.held)) {
      at = head
      continue
    }
    const next = nextOf(state, text, at)
    add(state, text.slice(at, next))
    at = next
    if (next === text.length) break
    const end = step(state, text, next, atEnd)
    if (end === undefined) break
    at = end
  }
  const rest = text.slice(at)
  if (Array.isArray(state.held)) state.held.push(rest)
  state.pending = state.isEnded || Array.isArray(state.held) ? '' : rest
}

/** Passes blank space and a role in front of the answer, and holds what begins like thinking in words. */
function passHead(state: State, text: string, at: number, atEnd: boolean): number | undefined {
  blanks.lastIndex = at
  const start = at + (blanks.exec(text)?.[0].length ?? 0)
  if (start > at) return keep(state, text, at, start)
  if (state.json !== 'none' || state.held === 'never') return at
  const phrase = findHeadPhrase(text, at, atEnd)
  if (phrase === 'unclear') return undefined
  if (phrase === undefined) return at
  if (phrase.isHeld) state.held = []
  else state.isStripped = true
  return phrase.end
}

const blanks = /\s*/y
const inContent = new RegExp(`[\\n\`~${escaped(markStarts)}]`, 'g')
const inThinking = new RegExp(`[${escaped(markStarts)}]`, 'g')
const inJson = new RegExp(`["{${escaped(markStarts)}]`, 'g')
const inJsonText = /["\\\n]/g

function escaped(characters: readonly string[]): string {
  return characters.map((character) => (character === '[' ? '\\[' : character)).join('')
}

function nextOf({ part, json }: State, text: string, at: number): number {
  const outside = json === 'none' ? inContent : inJson
  const wanted = part === 'thinking' ? inThinking : json === 'text' ? inJsonText : outside
  wanted.lastIndex = at
  return wanted.exec(text)?.index ?? text.length
}

/** Takes what begins at `at`. The place behind it, or undefined when the text ends too early to say. */
function step(state: State, text: string, at: number, atEnd: boolean): number | undefined {
  const character = text[at] ?? ''
  if (state.part === 'content' && state.json !== 'none') {
    if (state.json === 'text') return stepJsonText(state, text, at, atEnd)
    if (character === '{') state.json = 'inside'
    if (character === '"' && state.json === 'inside') state.json = 'text'
    if (character === '"' || character === '{') return keep(state, text, at, at + 1)
  }
  if (state.part === 'content' && (character === '`' || character === '~')) {
    const code = readCode(text, at, { line: state.line, fence: state.fence, atEnd })
    if (code === undefined) return undefined
    state.fence = code.fence
    return keep(state, text, at, code.end)
  }
  if (character === '\n') return keep(state, text, at, at + 1)
  return stepMark(state, text, at, atEnd)
}

function stepJsonText(state: State, text: string, at: number, atEnd: boolean): number | undefined {
  if (text[at] !== '\\') {
    // A JSON string has no line break, so the quotation mark before it did not open one.
    state.json = 'inside'
    return keep(state, text, at, at + 1)
  }
  if (at + 1 === text.length && !atEnd) return undefined
  return keep(state, text, at, Math.min(text.length, at + 2))
}

function stepMark(state: State, text: string, at: number, atEnd: boolean): number | undefined {
  const mark = readMark(text, at)
  if (mark === 'unclear' && !atEnd) return undefined
  if (mark === 'unclear' || mark === undefined) {
    if (text[at] === '[' && state.part === 'content' && state.json === 'before') state.json = 'inside'
    if (state.part === 'content' && /^<s>/i.test(text.slice(at, at + 3))) state.struck += 1
    return keep(state, text, at, at + 1)
  }
  const end = at + mark.text.length
  if (state.isQuoted(mark.text)) return keep(state, text, at, end)
  if (state.part === 'thinking') return endThinking(state, mark, at, end) ?? keep(state, text, at, end)
  if (state.fence !== '' || /^\s{0,3}>/.test(state.line)) return inCode(state, mark, text, { at, end, atEnd })
  const about = isMention(state.line, mark, text.slice(end, end + lineLength), atEnd)
  if (about === 'unclear') return undefined
  if (about || (state.isCall && mark.meaning !== 'end')) return keep(state, text, at, end)
  return obey(state, mark, text, { at, end, atEnd })
}
