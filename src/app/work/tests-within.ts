import { diffTexts } from '../../workspace/git/line-diff.ts'

/**
 * How tests begin in files that hold other code too: attributes of Rust, `import.meta.vitest`, functions that runners find
 * by their names, examples in comments. What is taken for a test by mistake costs another run of a check and a mark.
 */
const beginnings = [
  /^\s*#!?\[\s*(?:cfg\(.*\btest\b|(?:\w+::)*\w*test\w*\b)/,
  /\bimport\.meta\.vitest\b/,
  /^\s*(?:export\s+)?(?:describe|it|test|suite|context)(?:\.\w+)*\s*\(/,
  /^\s*(?:async\s+)?def\s+test_?\w*\s*\(|^\s*class\s+\w*Tests?\w*\b/,
  /^\s*@(?:pytest\.|\w*Test\b)/,
  /^\s*(?:unittest\b|test\s+["'])/,
]
const examples = /^\s*(?:(?:\/\/[/!]|\*|#)\s*)?(?:>>>|\.\.\.|iex>)\s|^\s*(?:\/\/[/!]|\*|#)\s.*\bassert/

/** Tells of each line whether it belongs to a test. */
export function testLines(lines: readonly string[]): boolean[] {
  const isTest = lines.map(() => false)
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const isBlock = beginnings.some((pattern) => pattern.test(line))
    if (!isBlock && !examples.test(line)) continue
    const end = isBlock ? endOfBlock(lines, at) : endOfExample(lines, at)
    isTest.fill(true, at, end)
    at = end - 1
  }
  return isTest
}

/** Everything that is further in than the first line, and what closes it. */
function endOfBlock(lines: readonly string[], start: number): number {
  const depth = indentOf(lines[start] ?? '')
  let at = start
  // Attributes and decorators come before what they describe.
  while (/^\s*(?:#!?\[|@)/.test(lines[at] ?? '')) at += 1
  for (at += 1; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const indent = indentOf(line)
    if (line.trim() === '' || indent > depth) continue
    return indent === depth && /^\s*[\])}]/.test(line) ? at + 1 : at
  }
  return lines.length
}

/** An example goes on with what it gives, up to an empty line. */
function endOfExample(lines: readonly string[], start: number): number {
  const length = lines.slice(start).findIndex((line) => /^\s*(?:[/*#!]*|["']{3})\s*$/.test(line))
  return length < 0 ? lines.length : start + Math.max(1, length)
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

export type FormerTests = {
  /** The new text with its tests as they were. */
  text: string
  /** False where tests were changed together with lines beside them: then the text is not to be relied on. */
  isApart: boolean
}

/** Undefined where no test was changed. New tests count, since one may switch off another. */
export function withFormerTests(before: string, after: string): FormerTests | undefined {
  const old = before.split('\n')
  const isTest = testLines(old)
  const kept: string[] = []
  let [isTouched, isApart, last] = [false, true, 0]
  for (const change of changesOf(before, after)) {
    const { removed, added, from } = change
    kept.push(...old.slice(last, from))
    last = from + removed
    const tests = isTest.slice(from, last).filter(Boolean).length
    const isWithin = removed === 0 && isTest[from - 1] === true && isTest[from] === true
    if (tests === 0 && !isWithin) kept.push(...added)
    else {
      isTouched = true
      kept.push(...old.slice(from, last))
      if (tests < removed && old.slice(from, last).some((line, at) => !isTest[from + at] && line.trim() !== ''))
        isApart = false
    }
  }
  return isTouched ? { text: [...kept, ...old.slice(last)].join('\n'), isApart } : undefined
}

type Changed = { from: number; removed: number; added: string[] }

/** Lines of the old text that others took the place of; `from` counts from 0. */
function changesOf(before: string, after: string): Changed[] {
  const changes: Changed[] = []
  let [next, isOpen] = [0, false]
  for (const { kind, text } of diffTexts(before, after)) {
    if (kind === 'context') isOpen = false
    else {
      if (!isOpen) changes.push({ from: next, removed: 0, added: [] })
      isOpen = true
      const change = changes.at(-1)
      if (kind === 'added') change?.added.push(text)
      else if (change) change.removed += 1
    }
    if (kind !== 'added') next += 1
  }
  return changes
}
