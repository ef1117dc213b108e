import { isRecord } from '../../core/fits.ts'
import { jsonInText } from '../../core/json-in-text.ts'
import { isCommand, preamble } from './repair-subject.ts'
import { type MessageContext, withoutInventedTickets } from './tickets.ts'

/** No message is longer, and what is may be anything. */
const maxChars = 10_000

/**
 * The commit message in what a model wrote as one: without a fence, a preamble, quotation marks around its subject, line
 * breaks that were written out, a second subject or message, remarks, and invented tickets. Its words stay.
 */
export function plainMessage(text: string, context: MessageContext): string {
  if (text.length > maxChars) return text
  const whole = withBreaks(unwrapped(unfenced(text.trim())), context.shown)
  const [header = '', ...rest] = withoutLabels(firstChoice(withoutPreamble(whole))).split('\n')
  const message = [undressed(header), ...rest.map((line) => line.trimEnd())].join('\n').trim()
  const plain = withoutInventedTickets(oneMessage(message), context)
  return plain === '' ? message : plain
}

const fence = /^[ \t]*(`{3,}|~{3,})[^`]*$/
const fencedLine =
  /^`{3,}(?:(?:json|te?xt|plain(?:text)?|git|gitcommit|commit|bash|sh|markdown|md|diff)\s)?\s*([^`\s](?:[^`\n]*[^`\s])?)\s*`{3,}$/

/** One line, or talk, that ends in a colon. */
const leadsToFence = /^(?:[^\n]{0,200}|(?:sure|certainly|of course|okay|ok|here|based on|i |the )[^]{0,300}):$/i

/** The text in the fence, unless it is code in the middle of a message. */
function unfenced(text: string): string {
  const line = fencedLine.exec(text)?.[1]
  if (line !== undefined) return line
  const lines = text.split('\n')
  const open = lines.findIndex((one) => fence.test(one))
  const mark = fence.exec(lines[open] ?? '')?.[1]
  const before = lines.slice(0, open).join('\n').trim()
  // A fence that was only closed.
  if (mark !== undefined && open > 0 && open === lines.length - 1) return before
  if (mark === undefined || (before !== '' && !leadsToFence.test(before))) return text
  const close = lines.findIndex((one, at) => at > open && one.trim().startsWith(mark))
  const inside = lines.slice(open + 1, close < 0 ? undefined : close)
  return inside.join('\n').trim() || text
}

const command = /^(?:\$ )?git commit\b[^"'\n]{0,40}\s-\w*m\s*(["'])([^]*?)\1(?:\s+-m\s*(["'])([^]*?)\3)?\s*$/
const element = /^<(\w[\w-]{0,40})>\s*([^]*?)\s*<\/\1>$/

/** The message in a command that would commit it, or in an element. */
function unwrapped(text: string): string {
  const [, , subject, , body] = command.exec(text) ?? []
  if (subject !== undefined) return body === undefined ? subject : `${subject}\n\n${body}`
  return element.exec(text)?.[2] ?? text
}

/** The first of messages that are numbered. */
function firstChoice(text: string): string {
  if (!/^\d{1,2}[.)]\s/.test(text)) return text
  const lines = text.replace(/^\d{1,2}[.)]\s+/, '').split('\n')
  const end = lines.findIndex((line) => /^\d{1,2}[.)]\s/.test(line))
  return lines
    .slice(0, end < 0 ? undefined : end)
    .join('\n')
    .trim()
}

const bodyLabel = /^[*_]{0,2}(?:body|description|details)[*_]{0,2}:[*_]{0,2}[ \t]*/i
const subjectLabel = /^[*_#]{0,2}\s?(?:subject|title|header|summary)[*_]{0,2}:[*_]{0,2}\s*/i

/** A body with its label has a subject with its own; without, `header: …` may be what the change is about. */
function withoutLabels(text: string): string {
  const [header = '', ...rest] = text.split('\n')
  const at = rest.findIndex((line) => bodyLabel.test(line))
  if (at < 0) return text
  const body = rest.slice(at).join('\n').replace(bodyLabel, '').trim()
  return [header.replace(subjectLabel, ''), ...rest.slice(0, at), ...(body === '' ? [] : ['', body])].join('\n').trim()
}

function withoutPreamble(text: string): string {
  const [first = '', ...rest] = text.split('\n')
  const bare = first.replace(/^[\s"'*_#>]+/, '')
  const words = preamble.exec(bare)?.[0]
  if (words === undefined) return text
  return [bare.slice(words.length).replace(/^[*_]+\s*/, ''), ...rest].join('\n').trim()
}

/** `\n` in letters is a line break, except in a word that the model was shown and between blanks. */
function withBreaks(text: string, shown: string): string {
  return text.replace(
    /(\S{0,80}?[^\s\\:])((?:\\r)?\\n)+(?=(\S{0,80}))/g,
    (whole: string, before: string, mark: string, after: string) => {
      const word = `${before}${mark}${after.split('\\', 1)[0] ?? ''}`
      if (after === '' || shown.includes(word)) return after === '' && text.endsWith(whole) ? before : whole
      return before + whole.slice(before.length).replaceAll(/(?:\\r)?\\n/g, '\n')
    },
  )
}

const pairs = /^(?:\*\*([^*]+)\*\*|__([^_]+)__|"([^"]+)"|'([^']+)'|“([^”]+)”|`([^`]+)`|\*([^*]+)\*)$/

/** A subject without the marks of Markdown or quotation around it. */
function undressed(header: string): string {
  const bare = header
    .trim()
    .replace(/^(?:#{1,6}|>|[-*])\s+/, '')
    // `**feat:** add …`
    .replace(/^(\*\*|`)([a-z]{2,10}(?:\([^()\n]{1,40}\))?!?:?)\1(:?)\s+/, '$2$3 ')
  const inner = pairs
    .exec(bare)
    ?.slice(1)
    .find((one) => one !== undefined)
  return (inner ?? bare).trim().replace(/(?<![.…])\.$/, '')
}

const conventional = /^(?:build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test)(?:\([^()\n]{1,40}\))?!?: \S/
const another =
  /^(?:or(?: else)?|alternatively|alternative(?: \d)?|another (?:option|one)|option \d|version \d)\b[^\n]{0,40}:?$/i
const remark =
  /^(?:this (?:commit )?message\b|let me know|i hope|feel free|explanation:|note that this (?:commit )?message)/i
const inLine =
  /(?:\s*[;|/]\s*|\.\s+)(?=(?:build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test)(?:\([^()\n]{1,40}\))?!?: )/

/** The first of several messages, with an empty line below its subject. */
function oneMessage(text: string): string {
  const [first = '', ...rest] = text.split('\n')
  const header = conventional.test(first) ? (first.split(inLine, 1)[0] ?? '') : first
  if (rest.length === 0) return header
  const end = rest.findIndex((line, at) => isOther(line, rest[at - 1] ?? '', conventional.test(header)))
  const body = end < 0 ? rest : rest.slice(0, end)
  const joined = joinedHeader(header, body)
  return [joined.header, ...(joined.body.some((line) => line !== '') ? ['', ...joined.body] : [])]
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

function isOther(line: string, before: string, isConventional: boolean): boolean {
  if (another.test(line) || (before === '' && remark.test(line)) || /^-{3,}$/.test(line)) return true
  return isConventional && conventional.test(line)
}

/** Longer, no subject goes on in the next line. */
const maxHeader = 72

/** What follows the subject at once goes on with it, is a subject of its own, which goes, or begins the body. */
function joinedHeader(header: string, lines: readonly string[]): { header: string; body: string[] } {
  const [next = '', ...rest] = lines
  if (next.trim() === '') return { header, body: rest }
  const whole = `${header} ${next.trim()}`
  if (isCommand(next) && !/\b(?:to|and|or|will|not|could|should|must)$/i.test(header)) return joinedHeader(header, rest)
  if (/^\p{Ll}/u.test(next) && whole.length <= maxHeader && !/[.:]$/.test(header)) return { header: whole, body: rest }
  return { header, body: [...lines] }
}

/** The message in a reply that is nothing but its fields as JSON; undefined for any other. */
export function messageInJson(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^`{3,}\w*\s/, '')
    .replace(/(?<!`)`{3,}$/, '')
    .trim()
  if (!bare.startsWith('{') || !bare.endsWith('}')) return undefined
  const { whole } = jsonInText(bare)
  const [fields, ...others] = whole
  if (!isRecord(fields) || others.length > 0) return undefined
  const textOf = (...names: string[]) =>
    names.map((name) => fields[name]).find((one): one is string => typeof one === 'string' && one.trim() !== '')
  const subject = textOf('message', 'commit_message', 'commitMessage', 'subject', 'header', 'title', 'summary')
  if (subject === undefined) return undefined
  const [type, scope] = [textOf('type'), textOf('scope')]
  const place = scope === undefined || /^none$/i.test(scope) ? '' : `(${scope})`
  const start = type === undefined || /^\w+(?:\([^()]*\))?!?:/.test(subject) ? '' : `${type}${place}: `
  const body = textOf('body', 'description', 'why')
  return [`${start}${subject}`, ...(body === undefined ? [] : ['', body])].join('\n')
}
