/** A container that a line may go on: a quotation, or an item of a list with the columns its content is moved in. */
type Container = { kind: 'quote' } | { kind: 'item'; columns: number; empty: boolean }

type Fence = { mark: string; length: number }

type State = { containers: Container[]; fence?: Fence | undefined; paragraph: boolean }

/** Where in a line its reading has come to. A tab goes on to the next multiple of four columns. */
type Cursor = { at: number; column: number; pending: number }

/**
 * Says for each line of a Markdown text whether it is code, fenced or indented, by the rules of CommonMark for blocks.
 * HTML and definitions of links are taken for text: whoever asks is about to make text of them.
 */
export function codeLines(lines: readonly string[]): boolean[] {
  const state: State = { containers: [], paragraph: false }
  return lines.map((line) => takeLine(line, state))
}

function takeLine(line: string, state: State): boolean {
  const cursor: Cursor = { at: 0, column: 0, pending: 0 }
  const matched = matchContainers(line, cursor, state.containers)
  const isAll = matched === state.containers.length
  if (isAll && state.fence !== undefined) {
    if (closes(line, cursor, state.fence)) state.fence = undefined
    return true
  }
  state.fence = undefined
  if (isBlank(line, cursor)) {
    closeFrom(matched, state)
    state.paragraph = false
    return false
  }
  return startBlocks(line, cursor, { state, matched })
}

/** How many of the open containers the line goes on, its cursor moved past their marks. */
function matchContainers(line: string, cursor: Cursor, containers: readonly Container[]): number {
  for (const [at, container] of containers.entries()) {
    const indent = indentOf(line, cursor)
    if (container.kind === 'quote') {
      if (indent > 3 || !skipQuoteMark(line, cursor)) return at
    } else if (isBlank(line, cursor)) {
      if (container.empty) return at
    } else if (indent >= container.columns) {
      skipColumns(line, cursor, container.columns)
    } else return at
  }
  return containers.length
}

/** The blocks that a line may begin, while it is read. */
type Opening = {
  state: State
  /** Open containers that the line goes on. */
  matched: number
  /** The line began a block: what it does not go on is closed. */
  opened: boolean
  /** It goes on a paragraph, and not just lazily, without the marks of that one's container. */
  inParagraph: boolean
}

function startBlocks(line: string, cursor: Cursor, { state, matched }: Pick<Opening, 'state' | 'matched'>): boolean {
  const lazy = matched < state.containers.length && state.paragraph
  const opening = { state, matched, opened: false, inParagraph: state.paragraph && !lazy }
  while (!isBlank(line, cursor)) {
    if (indentOf(line, cursor) > 3) {
      if (state.paragraph) break
      open(opening)
      return true
    }
    const leaf = startLeaf(restOf(line, cursor), opening)
    if (leaf !== undefined) return leaf === 'code'
    if (!startContainer(line, cursor, opening)) break
  }
  if (isBlank(line, cursor) || (lazy && !opening.opened)) return false
  if (!opening.opened) closeFrom(matched, state)
  fill(state)
  state.paragraph = true
  return false
}

function open(opening: Opening): void {
  const { state, matched } = opening
  if (!opening.opened) closeFrom(matched, state)
  Object.assign(opening, { opened: true, inParagraph: false })
  state.paragraph = false
  fill(state)
}

/** The innermost item is no longer empty. */
function fill({ containers }: State): void {
  const parent = containers.at(-1)
  if (parent?.kind === 'item') parent.empty = false
}

/** A fence, a heading or a rule. */
function startLeaf(rest: string, opening: Opening): 'code' | 'text' | undefined {
  const fence = /^(?:`{3,}(?!.*`)|~{3,})/.exec(rest)?.[0]
  if (fence !== undefined) {
    open(opening)
    opening.state.fence = { mark: fence[0] ?? '', length: fence.length }
    return 'code'
  }
  if (opening.inParagraph && /^(?:=+|-+)[ \t]*$/.test(rest)) {
    opening.state.paragraph = false
    return 'text'
  }
  if (!/^#{1,6}(?:[ \t]|$)/.test(rest) && !isRule(rest)) return undefined
  open(opening)
  return 'text'
}

/** A quotation or an item of a list, the cursor moved past its mark. */
function startContainer(line: string, cursor: Cursor, opening: Opening): boolean {
  const container = skipQuoteMark(line, cursor)
    ? ({ kind: 'quote' } as const)
    : readItem(line, cursor, opening.inParagraph)
  if (container === undefined) return false
  open(opening)
  opening.state.containers.push(container)
  return true
}

function closeFrom(matched: number, state: State): void {
  if (matched < state.containers.length) state.paragraph = false
  state.containers.length = Math.min(matched, state.containers.length)
}

function isRule(text: string): boolean {
  const mark = text[0] ?? ''
  if (!'*_-'.includes(mark) || mark === '') return false
  const marks = text.replace(/[ \t]/g, '')
  return marks.length >= 3 && marks === mark.repeat(marks.length)
}

/** An item of a list that begins here, its cursor moved to its content; nothing when the line begins none. */
function readItem(line: string, cursor: Cursor, inParagraph: boolean): Container | undefined {
  const indent = indentOf(line, cursor)
  const rest = restOf(line, cursor)
  const mark = /^(?:[*+-]|(\d{1,9})[.)])(?=[ \t]|$)/.exec(rest)
  if (mark === null) return undefined
  // In the middle of a paragraph only an item with content begins a list, and a numbered one only with 1.
  const isEmpty = /^[ \t]*$/.test(rest.slice(mark[0].length))
  if (inParagraph && (isEmpty || (mark[1] !== undefined && Number(mark[1]) !== 1))) return undefined
  skipColumns(line, cursor, indent + mark[0].length)
  const spaces = indentOf(line, cursor)
  const isCode = spaces >= 5
  const inner = isEmpty || isCode || spaces < 1 ? 1 : spaces
  skipColumns(line, cursor, isEmpty ? Math.min(spaces, 1) : inner)
  return { kind: 'item', columns: indent + mark[0].length + inner, empty: true }
}

function closes(line: string, cursor: Cursor, { mark, length }: Fence): boolean {
  if (indentOf(line, cursor) > 3) return false
  const rest = restOf(line, cursor).replace(/[ \t]+$/, '')
  return rest.length >= length && rest === mark.repeat(rest.length)
}

function isBlank(line: string, { at }: Cursor): boolean {
  for (let next = at; next < line.length; next += 1) if (line[next] !== ' ' && line[next] !== '\t') return false
  return true
}

/** Columns of white space at the cursor. */
function indentOf(line: string, { at, column, pending }: Cursor): number {
  let end = column + pending
  for (let next = at; next < line.length; next += 1) {
    if (line[next] === ' ') end += 1
    else if (line[next] === '\t') end += 4 - (end % 4)
    else break
  }
  return end - column
}

function restOf(line: string, { at }: Cursor): string {
  let next = at
  while (line[next] === ' ' || line[next] === '\t') next += 1
  return line.slice(next)
}

/** Moves on by columns; of a tab only a part may be used up, and the rest of it stays. */
function skipColumns(line: string, cursor: Cursor, columns: number): void {
  const end = cursor.column + columns
  while (cursor.column < end) {
    if (cursor.pending > 0) {
      const used = Math.min(cursor.pending, end - cursor.column)
      cursor.pending -= used
      cursor.column += used
    } else if (line[cursor.at] === '\t') {
      cursor.pending = 4 - (cursor.column % 4)
      cursor.at += 1
    } else if (cursor.at < line.length) {
      cursor.at += 1
      cursor.column += 1
    } else return
  }
}

function skipQuoteMark(line: string, cursor: Cursor): boolean {
  if (!restOf(line, cursor).startsWith('>')) return false
  skipColumns(line, cursor, indentOf(line, cursor) + 1)
  if (indentOf(line, cursor) > 0) skipColumns(line, cursor, 1)
  return true
}
