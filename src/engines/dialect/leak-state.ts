/** What a piece of text adds to the answer, and what was thinking in it. */
export type Split = {
  content: string
  thinking: string
  /** All content before this piece was thinking: its opening mark stood in the model's template. */
  withdrawn?: true
}

/** Where a filter over a reply is. */
export type State = {
  pending: string
  part: 'content' | 'thinking'
  /** Nothing of the answer was seen yet but the blank space in `lead`. */
  isHead: boolean
  lead: string
  /** Something was taken out here, so that blank space on both sides of it is one too many. */
  isStripped: boolean
  /** A lone closing mark was seen: what follows, if anything does, is the answer. */
  isClosed: boolean
  isEnded: boolean
  /** A tool call began: its marks are left to those who read it. */
  isCall: boolean
  /** What the answer is wrapped in. */
  wrapper: string
  /** The line so far, as far as it may say what a mark in it means. */
  line: string
  fence: string
  /** `<s>` without its `</s>` so far: struck out text, not the end of a reply. */
  struck: number
  json: 'none' | 'before' | 'inside' | 'text'
  /** Whether a mark is a quotation. */
  isQuoted: (mark: string) => boolean
  /** Everything from the head on, where only the end tells what it is. 'never': it was told. */
  held: string[] | 'never' | undefined
  out: Split
}

/** As much of a line, and of what follows a mark, as may say what the mark means. */
export const lineLength = 200

export type LeakOptions = {
  /** The reply is JSON: the texts in it are left as they are. */
  isJson?: boolean
  /** The text begins with a quotation, so that words in front that say who speaks belong to it. */
  startsQuoted?: boolean
  /** Whether a mark is a quotation, as it stands. */
  isQuoted?: (mark: string) => boolean
}

export function freshState({ isJson = false, startsQuoted = false, isQuoted = () => false }: LeakOptions): State {
  return {
    pending: '',
    part: 'content',
    isHead: true,
    lead: '',
    isStripped: false,
    isClosed: false,
    isEnded: false,
    isCall: false,
    wrapper: '',
    line: '',
    fence: '',
    struck: 0,
    json: isJson ? 'before' : 'none',
    isQuoted,
    held: startsQuoted ? 'never' : undefined,
    out: { content: '', thinking: '' },
  }
}

/** Adds what stands between two places, and goes to the second. */
export function keep(state: State, text: string, from: number, to: number): number {
  add(state, text.slice(from, to))
  return to
}

/** Passes over a mark. */
export function leave(state: State, end: number, part: State['part'] = 'content'): number {
  state.part = part
  state.isStripped = true
  return end
}

export function stop(state: State, end: number): number {
  state.isEnded = true
  return end
}

/** Adds to the part of the reply that it is in. */
export function add(state: State, piece: string): void {
  if (piece === '') return
  if (state.part === 'thinking') {
    state.out.thinking += piece
    return
  }
  const isBlank = !/\S/.test(piece)
  if (isBlank && (state.isHead || state.isClosed)) {
    if (state.isHead) state.lead += piece
    return
  }
  let text = piece
  if (state.isClosed) withdraw(state)
  if (state.isHead) text = state.isStripped ? text.trimStart() : state.lead + text
  else if (state.isStripped && (state.line === '' || /[ \t]$/.test(state.line))) text = text.replace(/^[ \t]+/, '')
  state.isHead = false
  state.lead = ''
  state.isStripped = false
  state.out.content += text
  state.line = text.includes('\n') ? text.slice(text.lastIndexOf('\n') + 1) : state.line + text
  if (state.line.length > lineLength) state.line = state.line.slice(-lineLength)
}

/** What was taken for the answer so far was thought. */
function withdraw(state: State): void {
  const { out } = state
  state.out = { content: '', thinking: out.thinking + out.content, withdrawn: true }
  state.isClosed = false
  state.isHead = true
  state.isStripped = true
}
