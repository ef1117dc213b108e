import { keep, leave, lineLength, type State, stop } from './leak-state.ts'
import { type Mark, readMark } from './marks.ts'

/** Where the answer begins behind thinking; undefined for a mark inside the answer. */
export function endThinking(state: State, { meaning, isWeak }: Mark, at: number, end: number): number | undefined {
  if (isWeak) return undefined
  const closes = meaning === 'answer' || meaning === 'end'
  if (!closes && meaning !== 'channel' && meaning !== 'speaker' && meaning !== 'wrap') return undefined
  state.part = 'content'
  state.isStripped = true
  return closes ? end : at
}

type Place = { at: number; end: number; atEnd: boolean }

/** In code a mark is shown, but for one that ends all there is. */
export function inCode(state: State, { meaning }: Mark, text: string, { at, end, atEnd }: Place): number | undefined {
  const isLast = meaning === 'end' && text.slice(end, end + lineLength).trim() === ''
  if (!isLast || text.length > end + lineLength) return keep(state, text, at, end)
  if (!atEnd) return undefined
  state.isEnded = true
  return end
}

/** Does in the answer what a mark says. */
export function obey(state: State, mark: Mark, text: string, place: Place): number | undefined {
  const { at, end } = place
  const { meaning, isWeak } = mark
  const raw = () => keep(state, text, at, end)
  switch (meaning) {
    case 'think':
      if (isWeak) return hold(state, at) ?? raw()
      return leave(state, end, 'thinking')
    case 'answer':
      if (isWeak) return raw()
      state.isClosed = !state.isHead
      return leave(state, end)
    case 'end':
      return endAll(state, mark, raw, end)
    case 'speaker':
      return passSpeaker(state, text, place)
    case 'other':
      return state.isHead ? leave(state, end, 'thinking') : stop(state, end)
    case 'wrap':
      return unwrap(state, mark, text, place)
    case 'unwrap':
      return state.wrapper === mark.name.replace(/^end (?:of )?/, '') || !isWeak ? leave(state, end) : raw()
    case 'channel':
      return passChannel(state, text, place)
    case 'call':
      state.isCall = true
      return raw()
    case 'noise':
      return leave(state, end)
  }
}

/** Only what follows the closing mark tells an answer from thinking, so all of it is waited for. */
function hold(state: State, at: number): number | undefined {
  if (!state.isHead || state.held === 'never' || state.json !== 'none') return undefined
  state.held = []
  return at
}

function endAll(state: State, { name, text }: Mark, raw: () => number, end: number): number {
  if (text.startsWith('</') && name === 's' && state.struck > 0) {
    state.struck -= 1
    return raw()
  }
  return state.isHead ? leave(state, end) : stop(state, end)
}

/** `<|im_start|>assistant` and its like. What others say ends the answer, or is the prompt once more in front of it. */
function passSpeaker(state: State, text: string, { at, end, atEnd }: Place): number | undefined {
  const rest = text.slice(end, end + lineLength)
  const role = /^[ \t]*(?:(\p{L}+)[ \t]*)?(?:<\|[\w▁]{0,30}(?:header_id|sep|message)\|>|\n|(?=<\|)|$)/u.exec(rest)
  const isOpen = role === null ? rest.length < 40 : role[0].length === rest.length && rest.length < lineLength
  if (isOpen && !atEnd) return undefined
  if (/^\s*\w+ to=/.test(rest)) {
    state.isCall = true
    return keep(state, text, at, end)
  }
  const isModel = role?.[1] === undefined || /^(?:assistant|model|bot|ai)$/i.test(role[1])
  const next = end + (role?.[0].length ?? 0)
  if (isModel) return leave(state, next)
  return state.isHead ? leave(state, next, 'thinking') : stop(state, next)
}

/** `<|channel|>analysis<|message|>` of gpt-oss, `<|channel>thought` of Gemma. A call in a channel is left as it is. */
function passChannel(state: State, text: string, { at, end, atEnd }: Place): number | undefined {
  const rest = text.slice(end, end + lineLength)
  const header = /^\s?(\w+)?([^<\n]{0,100})(?:<\|constrain\|>\s?\w{0,16}\s?)?<\|message\|>/.exec(rest)
  if (header === null && !atEnd && rest.length < lineLength && !/[\n.]/.test(rest)) return undefined
  const target = header?.[2] ?? rest.split(/[\n.<]/, 1)[0] ?? ''
  if (/\bto=/.test(target)) {
    state.isCall = true
    return keep(state, text, at, end)
  }
  const name = header ?? /^\s?(thoughts?|analysis|commentary)\s*/i.exec(rest)
  const isThought = name !== null && name[1] !== 'final'
  return leave(state, end + (name?.[0].length ?? 0), isThought ? 'thinking' : 'content')
}

/** A wrapper is in front of the whole answer, or says that it is the answer. Around markup it is a part of a document. */
function unwrap(state: State, mark: Mark, text: string, { at, end, atEnd }: Place): number | undefined {
  const isInFront = state.isHead || (!mark.isWeak && state.line.trim() === '')
  const inside = text.slice(end, end + lineLength).trimStart()
  const first = readMark(inside, 0)
  const isOpen = inside.length < 2 ? text.length < end + lineLength : first === 'unclear' && inside.startsWith('<')
  if (isInFront && isOpen && !atEnd) return undefined
  const isMarkup = /^<[a-z!?]/i.test(inside) && (first === undefined || first === 'unclear')
  if (!isInFront || isMarkup) return keep(state, text, at, end)
  state.wrapper = mark.name.replace(/^(?:begin of|start) /, '')
  return leave(state, end)
}
