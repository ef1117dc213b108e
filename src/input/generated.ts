/** Lines in which a mark has to stand. */
const headLines = 60

/** A longer line is no mark. */
const maxMarkChars = 200
/** With what frames it. */
const maxFramedChars = 2 * maxMarkChars

/** What names a tool or a source is a few words in which no sentence goes on. */
const goesOn =
  '(?:and|but|then|which|that|when|if|unless|once|now|so|not|hand|we|you|it|is|was|are|were|to|for|as|in|by|from|with|using|via)\\b'
const word = `(?!${goesOn})[^\\s.,;:!]+(?:[.:][^\\s.,;:!]+)*`
const by = `(?: (?:by|from|with|using|via) ${word}(?: ${word}){0,7})`
const automatically = '(?:auto(?:matically)?[- ]?|machine[- ]?)'
const hands = "(?:please )?(?:do not|don't|never) (?:hand-?|manually )?(?:edit|modify|change|touch|make)"
const after = `(?:${hands}|instead|(?:any|all|manual|your) |changes|edits|modifications|and (?:should|must) not be)`
/** Nothing more than a warning follows. */
const end = `[ .,;:!()-]*(?:$|\\b${after}\\b.*$)`
const kind = '(?:file|code|source|header|module|class|document|script|schema|parser|lexer)'
const subject = `(?:this|the) (?:\\S+ ){0,2}?${kind} (?:is|was|has been)`

/** Each is the whole text of a comment's line, in lower case. */
const marks: readonly RegExp[] = [
  // The tag of Meta's tools, and that of C#.
  /^@(?:partially-)?generated(?:$|[.:!]$| (?:by|from|with|using|via) \S.{0,120}$| signedsource<<\w+>>$)/,
  /^<auto-?generated\s*\/?>(?:$|.*<\/auto-?generated>$)/,
  // The convention of Go, which other languages took over.
  /^code generated\b.*\bdo not (?:edit|modify)\b[ .!]*$/,
  new RegExp(`^(?:this is an? )?${automatically}generated(?: ${kind})?${by}?${end}`),
  new RegExp(`^${subject} (?:${automatically}@?generated|generated automatically)${by}*${end}`),
  new RegExp(`^(?:${subject} )?generated(?: ${kind})?${by}*\\W+${hands}\\b.*$`),
  /^generated (?:by (?:coffeescript|cython|haxe|peg\.js|javacc)\b|from \S+ by antlr\b).{0,80}$/,
  /^a bison parser, made by gnu bison\b.{0,40}$/,
]

/** Says that a tool made the file; counts when a line below it warns against editing it. */
const origin = new RegExp(`^(?:${subject} )?generated${by}+[ .,;:!]*$`)
const warning = new RegExp(`^${hands}\\b`)

/**
 * True when the comments at the head of a text say that a tool made it, in one of the forms that tools use. A mark is
 * the whole line of a comment: a sentence in which its words occur is about something else.
 */
export function isMarkedGenerated(text: string): boolean {
  const lines = headComments(text).filter((line) => line.length <= maxMarkChars)
  if (lines.some((line) => marks.some((mark) => mark.test(line)))) return true
  return lines.some((line, at) => origin.test(line) && lines.slice(at, at + 4).some((next) => warning.test(next)))
}

const beforeCode = /^(?:#!.*|<\?(?:php|xml)\b.*|<!doctype\b.*|(['"])use strict\1;?|package [\w.]+;?|syntax ?= ?.*)$/i
const lineMark = /^(?:\/\/+|#+|--+|;+|%+|'+|::|dnl\b|@?rem\b)/i
const blocks: readonly (readonly [open: string, close: string])[] = [
  ['/*', '*/'],
  ['<!--', '-->'],
  ['"""', '"""'],
  ["'''", "'''"],
  ['(*', '*)'],
  ['{-', '-}'],
  ['--[[', ']]'],
  ['=begin', '=end'],
]

/** The lines of the comments in front of the code, without their frames, in lower case. */
function headComments(text: string): string[] {
  const comments: string[] = []
  let close: string | undefined
  for (const raw of text.slice(0, 20_000).split('\n', headLines)) {
    const line = raw.trim().replace(/^\ufeff/, '')
    if (close === undefined) {
      const block = blocks.find(([open]) => line.startsWith(open))
      if (block) {
        close = line.slice(block[0].length).includes(block[1]) ? undefined : block[1]
        comments.push(bare(line))
      } else if (lineMark.test(line)) comments.push(bare(line))
      else if (line !== '' && !beforeCode.test(line)) break
    } else {
      if (line.includes(close)) close = undefined
      comments.push(bare(line))
    }
  }
  return comments
}

/** What a comment's line says, without what frames it. */
function bare(line: string): string {
  // guard: mark-length
  if (line.length > maxFramedChars) return line
  return line
    .replace(/^(?:[/#*;%'"!=~+\s-]|<!--|\(\*|\{-|::|dnl\b|@?rem\b)+(?=[^\s])/i, '')
    .replace(/(?:\*\/|-->|\*\)|-\}|"""|'''|[\s*#=~+-])+$/, '')
    .replace(/\s+/g, ' ')
    .toLowerCase()
}
