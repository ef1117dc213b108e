import { foldName } from '../../core/coerce.ts'
import { isRecord } from '../../core/fits.ts'
import type { ToolSpec } from '../../core/model.ts'
import { type Found, matchAt, skipBlank } from './claim.ts'
import { readLoose, readQuoted } from './loose.ts'
import { spellings } from './offered.ts'

type Pair = [name: string, value: unknown]

/** Reads arguments that are written as names with values: in markup, on lines, as flags, or one after the other. */
export type PairReader = {
  /** The tool's parameters, in order. */
  names: readonly string[]
  read(text: string, at: number): Found<Record<string, unknown>> | undefined
}

/** No tool has as many arguments. */
const maxPairs = 32

/** Longer, no value is written in markup. */
const maxValue = 100_000

const nextEnd = /<\/\w|<(?:function|tool|invoke|call|\w{1,20}:invoke)\b/g

/** Knows an argument by its name, so that whatever else is around it may be a frame. */
export function createPairReader({ parameters }: ToolSpec): PairReader {
  const names = isRecord(parameters.properties) ? Object.keys(parameters.properties) : []
  const pairAt = createPairAt(names)
  return {
    names,
    read(text, at) {
      const pairs: Pair[] = []
      let end = at
      while (pairs.length < maxPairs) {
        const found = pairAt(text, pairs.length === 0 ? at : skipBetween(text, end))
        if (found === undefined) break
        pairs.push(found.value)
        end = found.end
      }
      return pairs.length === 0 ? undefined : { value: Object.fromEntries(pairs), end }
    },
  }
}

/** Where something stands next. Remembers it, so that asking again and again from further on goes through a text once. */
function createFinder() {
  let known = { text: '', places: new Map<string, number>() }
  return (text: string, wanted: string | RegExp, from: number): number => {
    if (known.text !== text) known = { text, places: new Map() }
    const key = String(wanted)
    const before = known.places.get(key)
    if (before !== undefined && (before < 0 || before >= from)) return before
    if (typeof wanted !== 'string') wanted.lastIndex = from
    const place = typeof wanted === 'string' ? text.indexOf(wanted, from) : (wanted.exec(text)?.index ?? -1)
    known.places.set(key, place)
    return place
  }
}

type Finder = ReturnType<typeof createFinder>

function createPairAt(names: readonly string[]): (text: string, at: number) => Found<Pair> | undefined {
  if (names.length === 0) return () => undefined
  const key = names.map(spellings).join('|')
  const byTags = new RegExp(`<(\\w*key\\w*)>\\s{0,8}(${key})\\s{0,8}</\\1>\\s{0,8}<(\\w+)>`, 'iy')
  const byTag = new RegExp(`<([\\w:.|-]*)[^<>\\n]{0,60}?\\b(${key})["']?\\s{0,8}>`, 'iy')
  const onLine = new RegExp(`(?:--?|["'\`*_]{1,3})?(${key})["'\`*_]{0,3}\\s{0,8}(?::=|=>|[:=])[*_\`]{0,2}`, 'iy')
  const asFlag = new RegExp(`--(${key})(?![\\w-])`, 'iy')
  const another = new RegExp(`[,;]\\s{0,8}["'\`*_]{0,3}(?:${key})["'\`*_]{0,3}\\s{0,8}[:=]`, 'i')
  const find = createFinder()
  const nameOf = (written = '') => names.find((name) => foldName(name) === foldName(written)) ?? written

  return (text, at) => {
    const tags = matchAt(byTags, text, at)
    if (tags) return inTag(text, at + tags[0].length, { name: nameOf(tags[2]), tag: tags[3] ?? '', find })
    const tag = matchAt(byTag, text, at)
    if (tag) return inTag(text, at + tag[0].length, { name: nameOf(tag[2]), tag: tag[1] || (tag[2] ?? ''), find })
    const line = matchAt(onLine, text, at)
    if (line) return afterSign(text, at + line[0].length, nameOf(line[1]), another)
    const flag = matchAt(asFlag, text, at)
    return flag && afterFlag(text, at + flag[0].length, nameOf(flag[1]))
  }
}

/** Blanks, commas, closing tags and bullets between two arguments. */
function skipBetween(text: string, at: number): number {
  return at + (matchAt(/(?:[\s,;&|*•]|-(?=\s)|<\/[^<>\n]{1,40}>){0,40}/y, text, at)?.[0].length ?? 0)
}

type Tagged = { name: string; tag: string; find: Finder }

/**
 * The value ends where its own tag is closed or, when that was forgotten, at the next tag. A line break on either side
 * belongs to the markup.
 */
function inTag(text: string, at: number, { name, tag, find }: Tagged): Found<Pair> | undefined {
  const closing = `</${tag}>`
  const own = find(text, closing, at)
  const isOwn = own >= 0 && own < at + maxValue
  const ends = isOwn ? [own] : [find(text, `<${tag}`, at), find(text, nextEnd, at)].filter((end) => end >= 0)
  const end = Math.min(text.length, ...ends)
  if (end > at + maxValue) return undefined
  const value = text.slice(at, end).replace(/^\r?\n|\r?\n$/g, '')
  return { value: [name, value], end: end + (isOwn ? closing.length : 0) }
}

/** `path: a.js`, `path="a.js"`. On a line of its own the rest of the line is the value. */
function afterSign(text: string, at: number, name: string, another: RegExp): Found<Pair> | undefined {
  const start = at + (matchAt(/[ \t]{1,20}/y, text, at)?.[0].length ?? 0)
  const isGroup = text[start] === '{' || text[start] === '['
  const found = readQuoted(text, start) ?? (isGroup ? readLoose(text, start) : undefined)
  if (found !== undefined) return { value: [name, found.value], end: found.end }
  const line = matchAt(/[^\n]{1,1000}/y, text, start)?.[0] ?? ''
  const until = line.search(another)
  const isAlone = /[{}()<>]/.test(line) ? /[\s,;(){}<>"'`]/ : /$/
  const whole = until >= 0 ? line.slice(0, until) : line.slice(0, line.search(isAlone))
  const value = whole.replace(/[`*,;\s]+$/, '')
  return value === '' ? undefined : { value: [name, value], end: start + value.length }
}

/** `--path a.js`, `--staged`. */
function afterFlag(text: string, at: number, name: string): Found<Pair> {
  const start = skipBlank(text, at)
  const quoted = readQuoted(text, start)
  const word = quoted ? undefined : matchAt(/(?!--)[^\s`"']{1,300}/y, text, start)?.[0]
  if (quoted) return { value: [name, quoted.value], end: quoted.end }
  return word === undefined ? { value: [name, true], end: at } : { value: [name, word], end: start + word.length }
}
