import { readMark } from './marks.ts'

/** Words in front of an answer that say who speaks, as a template or a transcript has them. */
const roles =
  /(?:#{1,4}[ \t]?(?:response|assistant):?[ \t]*\n|\*{0,2}assistant\*{0,2}:\*{0,2}\s|assistant[ \t]*\n|model[ \t]*\n|final answer:\s)/iy

/** Beginnings of thinking in words, and the words that end it. */
const spoken: readonly { open: RegExp; close: RegExp }[] = [
  { open: /\*{0,2}thoughts?\*{0,2}:/iy, close: /^[ \t]*\*{0,2}final answer\*{0,2}:\*{0,2}\s*/im },
  { open: /here(?:'s| is) my thought process/iy, close: /^here(?:'s| is) my (?:final )?(?:response|answer)\b:?\s*/im },
  // gpt-oss where something took its special tokens away.
  { open: /analysis(?=[\p{Lu}\n])/uy, close: /assistant\s?final\s*|(?=assistant\s?commentary to=)/ },
]

const struck = /<s>/iy

/** What a reply begins with while it may still become one of these. */
const beginnings = [
  'assistant',
  '**assistant',
  'model',
  'final answer:',
  'thought',
  '**thought',
  'analysis',
  '<s>',
].concat(
  ['here is my thought process', "here's my thought process"],
  ['response', 'assistant'].flatMap((word) =>
    ['#', '##', '###', '####'].flatMap((mark) => [`${mark} ${word}`, `${mark}${word}`]),
  ),
)

const enough = 30

/** What comes before an answer, which begins at `at`; undefined for the answer itself. */
export function findHeadPhrase(
  text: string,
  at: number,
  atEnd: boolean,
): { end: number; isHeld: boolean } | 'unclear' | undefined {
  const head = text.slice(at, at + enough).toLowerCase()
  const isOpen = beginnings.some(
    (one) => one.startsWith(head) || (head.startsWith(one) && head.length < one.length + 3),
  )
  if (isOpen && head !== '' && !atEnd) return 'unclear'
  roles.lastIndex = at
  const role = roles.exec(text)
  if (role !== null) return { end: at + role[0].length, isHeld: false }
  const isHeld = [struck, ...spoken.map(({ open }) => open)].some((open) => {
    open.lastIndex = at
    return open.test(text)
  })
  return isHeld ? { end: at, isHeld } : undefined
}

/** What a head that was held turned out to be, once all of the reply is there. */
export function settleHead(text: string): { thinking: string; rest: string; isTold: boolean } {
  const untold = { thinking: '', rest: text, isTold: false }
  for (const { open, close } of spoken) {
    open.lastIndex = 0
    if (!open.test(text)) continue
    const found = close.exec(text)
    if (found === null) return untold
    return { thinking: text.slice(0, found.index), rest: text.slice(found.index + found[0].length), isTold: true }
  }
  return (/^<s>/i.test(text) ? settleStruck(text) : settleMark(text)) ?? untold
}

/** `<s>` begins a text for a tokenizer as it begins struck text in HTML. */
function settleStruck(text: string) {
  const end = text.search(/<\/s>/i)
  const inner = text.slice(3, end < 0 ? undefined : end)
  const isWhole = end < 0 || (text.slice(end + 4).trim() === '' && /\S\s+\S+\s+\S/.test(inner))
  return isWhole ? { thinking: '', rest: inner, isTold: true } : undefined
}

/** `<analysis>…</analysis>` is thinking when an answer follows it. */
function settleMark(text: string) {
  const opening = readMark(text, 0)
  if (opening === undefined || opening === 'unclear') return undefined
  const closing = opening.text.replace(/^(.[|｜]?)(\S+?)(?:\s[^]*)?([|｜]?.)$/u, '$1/$2$3')
  const end = text.search(new RegExp(closing.replaceAll(/[[\]|.]/g, String.raw`\$&`), 'i'))
  const rest = text.slice(end + closing.length)
  if (end < 0 || rest.trim() === '') return undefined
  return { thinking: text.slice(opening.text.length, end), rest, isTold: true }
}
