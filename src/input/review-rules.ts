import type { Before } from './before.ts'

/** What a project says about its reviews, as it stood before the change. */
export type ReviewRules = {
  /** The file that says it, from the top of the repository. */
  path: string
  /** The revision that it was read from, as a person would name it. */
  revision: string
  text: string
  /** There is more of it, which does not count. */
  clipped: boolean
}

const own = '.local-brain/review.md'
const shared = 'AGENTS.md'

/** Characters: about a thousand tokens, which a small window can spare. */
const maxChars = 4000

/**
 * The rules in `.local-brain/review.md`, else what AGENTS.md says below headings about reviews. They are read from a tree
 * that the change is no part of, so that no change can write the rules for its own review.
 */
export async function findReviewRules(before: Before, revision: string): Promise<ReviewRules | undefined> {
  const texts = await before.read([own, shared])
  const mine = texts.get(own)
  const text = (mine ?? reviewPart(texts.get(shared) ?? '')).replace(/^\ufeff/, '').trim()
  if (text === '' || text.includes('\0')) return undefined
  return { path: mine === undefined ? shared : own, revision, ...clip(text) }
}

/** Whole lines, as many as the limit allows. */
function clip(text: string): { text: string; clipped: boolean } {
  // guard: rules-length
  if (text.length <= maxChars) return { text, clipped: false }
  const end = text.lastIndexOf('\n', maxChars)
  return { text: text.slice(0, end > 0 ? end : maxChars).trimEnd(), clipped: true }
}

/** The sections whose heading speaks of reviews, with the sections below them. */
function reviewPart(markdown: string): string {
  const kept: string[] = []
  let [fence, level] = ['', 0]
  for (const line of markdown.split('\n')) {
    const [, marks = ''] = /^ {0,3}(`{3,}|~{3,})/.exec(line) ?? []
    const [, hashes = '', title = ''] = fence === '' ? (/^ {0,3}(#{1,6})[ \t]+(.*)$/.exec(line) ?? []) : []
    if (fence === '') fence = marks
    else if (marks.startsWith(fence)) fence = ''
    if (hashes !== '' && (level === 0 || hashes.length <= level)) level = /\breview/i.test(title) ? hashes.length : 0
    if (level > 0) kept.push(line)
  }
  return kept.join('\n')
}
