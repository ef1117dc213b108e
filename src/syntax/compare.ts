import { type Token, tokensOf } from './tokens.ts'

/** Lines of a text, counted from 1, both included. None: `to` is `from - 1`, and `from` the line that follows. */
type LineSpan = { from: number; to: number }

type Sides<T> = { old: T; new: T }

/** Lines of the old text and what is in their place in the new one. */
export type Replacement = Sides<LineSpan>

export type Difference = {
  /** White space that means nothing; comments, and perhaps such white space; anything else, or not certain. */
  kind: 'spacing' | 'comments' | 'code'
  /** Every comment in these lines or directly beside them, of both texts. */
  comments: string[]
}

/**
 * What each replacement changes. Expects the replacements in order and all other lines to be equal. Undefined when
 * nothing can be said: the language has no grammar, or a text is too long or not valid.
 */
export async function compareTexts(
  texts: Sides<string>,
  language: string,
  replacements: readonly Replacement[],
): Promise<Difference[] | undefined> {
  const before = await tokensOf(texts.old, language)
  const after = before && (await tokensOf(texts.new, language))
  if (before === undefined || after === undefined) return undefined
  const tokens = { old: before, new: after }
  const groups = groupsOf(tokens, replacements)
  const between = [...groups, undefined].map((group, index) => compareBetween(tokens, groups[index - 1], group))
  return groups.flatMap((group, index) => {
    const { kind, comments } = compareGroup(tokens, group)
    const isAlone = between[index] === 'same' && between[index + 1] === 'same' && !between.includes('other')
    return Array.from({ length: group.size }, () => ({ kind: isAlone ? kind : 'code', comments }))
  })
}

/** Indexes of tokens, the second not included. */
type Slice = { from: number; to: number }

/** Replacements that share a token, such as a long comment changed in two places. */
type Group = Sides<Slice> & { size: number }

function groupsOf(tokens: Sides<readonly Token[]>, replacements: readonly Replacement[]): Group[] {
  const groups: Group[] = []
  for (const replacement of replacements) {
    const group = { old: touching(tokens.old, replacement.old), new: touching(tokens.new, replacement.new), size: 1 }
    const last = groups.at(-1)
    if (last && (group.old.from < last.old.to || group.new.from < last.new.to)) {
      last.old.to = group.old.to
      last.new.to = group.new.to
      last.size += 1
    } else {
      groups.push(group)
    }
  }
  return groups
}

/** The tokens in a span of lines, with one that goes on across it. */
function touching(tokens: readonly Token[], span: LineSpan): Slice {
  return {
    from: firstIndex(tokens, ({ endLine }) => endLine >= span.from),
    to: firstIndex(tokens, ({ startLine }) => startLine > span.to),
  }
}

/** Where a test begins to hold that holds for everything behind as well. */
function firstIndex(tokens: readonly Token[], test: (token: Token) => boolean): number {
  let [low, high] = [0, tokens.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const token = tokens[middle]
    if (token && test(token)) high = middle
    else low = middle + 1
  }
  return low
}

const isCode = ({ isComment }: Token) => !isComment

/** Lines that are equal can be something else in their new surroundings: a comment, a string, a part of another statement. */
function compareBetween(
  tokens: Sides<readonly Token[]>,
  last: Group | undefined,
  next: Group | undefined,
): 'same' | 'moved' | 'other' {
  const old = tokens.old.slice(last?.old.to ?? 0, next?.old.from)
  const young = tokens.new.slice(last?.new.to ?? 0, next?.new.from)
  if (!areSame(old, young, ({ text, isComment }) => `${isComment} ${text}`)) return 'other'
  // What the first token of code says about the space in front of it is about the replacement there.
  const first = last ? old.findIndex(isCode) + 1 : 0
  return areSame(old.slice(first), young.slice(first), ({ before }) => before) ? 'same' : 'moved'
}

function compareGroup(tokens: Sides<readonly Token[]>, group: Group): Difference {
  const old = surroundings(tokens.old, group.old)
  const young = surroundings(tokens.new, group.new)
  const comments = [...old.all, ...young.all].flatMap(({ isComment, text }) => (isComment ? text : []))
  const key = ({ before, text }: Token) => `${before} ${text}`
  if (!areSame(old.inside.filter(isCode), young.inside.filter(isCode), key)) return { kind: 'code', comments }
  const isSpacing =
    areSame(old.inside, young.inside, (token) => `${token.isComment} ${key(token)}`) &&
    linesBehindComments(old.all) === linesBehindComments(young.all)
  return { kind: isSpacing ? 'spacing' : 'comments', comments }
}

/** The tokens of a slice up to the next one of code, and with the one in front. */
function surroundings(tokens: readonly Token[], { from, to }: Slice) {
  let end = to
  while (tokens[end]?.isComment) end += 1
  return { inside: tokens.slice(from, end + 1), all: tokens.slice(Math.max(0, from - 1), end + 1) }
}

/** A comment can be about the next line: how many lines follow each before the next token. */
function linesBehindComments(tokens: readonly Token[]): string {
  const counts = tokens.map(({ startLine }, index) => {
    const last = tokens[index - 1]
    return last?.isComment ? startLine - last.endLine : 0
  })
  return counts.join(' ')
}

function areSame(one: readonly Token[], other: readonly Token[], key: (token: Token) => string): boolean {
  return (
    one.length === other.length &&
    one.every((token, index) => {
      const match = other[index]
      return match !== undefined && key(token) === key(match)
    })
  )
}
