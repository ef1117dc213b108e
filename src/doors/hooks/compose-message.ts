import { isLockName } from '../../input/data-files.ts'
import { escapeProseLine } from '../../text/escape.ts'
import { displayWidth } from '../../text/width.ts'
import { type MessageRules, isLatin } from './message-rules.ts'
import { plainText } from '../../engines/dialect/plain-text.ts'
import { plainMessage } from '../../tasks/commit-message/plain-message.ts'
import { cutAtWord, isBreaking, repairSubject, withoutPadding } from '../../tasks/commit-message/repair-subject.ts'
import { withoutInventedTickets } from '../../tasks/commit-message/tickets.ts'

/** The fields that the model was asked for. */
export type MessageFields = { type: string; scope: string; subject: string; why: string }

/** What is certain about the change. `text`: its diff, its paths, its branch. */
export type ChangeFacts = { paths: readonly string[]; text: string; changedLines: number; comment: string }

/** With fewer changed lines, the subject says it all. */
const thinDiff = 10
const minSubject = 8

/** The message in the repository's form. Undefined when it may be wrong or may not keep the form. */
export function composeMessage(fields: MessageFields, facts: ChangeFacts, rules: MessageRules): string | undefined {
  const context = { shown: facts.text, project: rules.recent.join('\n') }
  const [header = ''] = plainMessage(plainText(fields.subject, facts.text), context).split('\n')
  const subject = repairSubject(header, rules.types)
  const breaks = isBreaking(header, rules.types)
  const start = rules.conventional ? startOf({ ...fields, breaks }, facts, rules) : ''
  if (start === undefined || !isTrustworthy(subject, facts, rules)) return undefined
  const cut = cutAtWord(subject, rules.headerMax - start.length)
  if (cut.length < minSubject) return undefined
  const line = start + (start === '' && rules.capital ? cut.slice(0, 1).toUpperCase() + cut.slice(1) : cut)
  if (line.startsWith(facts.comment)) return undefined
  const body = bodyOf(withoutInventedTickets(fields.why, context), facts, rules)
  return body === undefined ? line : `${line}\n\n${body}`
}

type Start = Pick<MessageFields, 'type' | 'scope'> & { breaks: boolean }

/** `type(scope): `, or undefined when the rules leave no choice that fits. */
function startOf({ type, scope, breaks }: Start, { paths }: ChangeFacts, rules: MessageRules): string | undefined {
  const end = breaks ? '!: ' : ': '
  const certain = typeOfPaths(paths)
  const fallback = certain === 'build' ? ['build', 'chore'] : [certain]
  const chosen = [...fallback, type].find((one) => one !== undefined && rules.types.includes(one))
  if (chosen === undefined) return undefined
  if (rules.scopes.includes(scope)) return `${chosen}(${scope})${end}`
  return rules.needsScope ? undefined : `${chosen}${end}`
}

const kindsOfPaths: readonly [type: string, pattern: (path: string) => boolean][] = [
  [
    'ci',
    (path) => /^\.github\/(workflows|actions)\/|^\.gitlab-ci|^\.circleci\/|^Jenkinsfile$|azure-pipelines/.test(path),
  ],
  ['test', (path) => /(^|\/)(tests?|__tests__|spec)\/|[._-](test|spec)\.[a-z]+$|(^|\/)test_[^/]+$/i.test(path)],
  ['docs', (path) => /(^|\/)docs?\/|\.(md|rst|adoc)$|(^|\/)(LICENSE|README|CHANGELOG)[^/]*$/i.test(path)],
  ['build', (path) => /(^|\/)package\.json$/.test(path) || isLockName(path)],
]

/** The type that is certain from the paths of a change, whatever the model says; undefined if none is. */
function typeOfPaths(paths: readonly string[]): string | undefined {
  return kindsOfPaths.find(([, holds]) => paths.length > 0 && paths.every(holds))?.[0]
}

const remark =
  /^(?:error:|sorry\b|(?:the|this|these|overall|here|code|looks|consider|note|it|there|great|good|no|sure|certainly|okay)\b)|\b(i|me|my|you|your)\b/i
const vague =
  /^(update|change|modify|improve|refactor|fix|adjust|make|clean up|rework)( (the|some|various|minor|several|small|existing))*( (code|codebase|files?|things?|stuff|logic|implementation|changes?|bugs?|issues?|functionality|project))?$/i

/** True if it says something about this change, in the script of the repository's messages. */
function isTrustworthy(subject: string, facts: ChangeFacts, rules: MessageRules): boolean {
  const isPlain = escapeProseLine(subject) === subject && !/[{}[\]]|`{3}|^["']|https?:/.test(withoutNames(subject))
  const isNew = !rules.recent.some((recent) => recent.toLowerCase().endsWith(subject.toLowerCase()))
  return (
    isPlain &&
    isNew &&
    !remark.test(subject) &&
    !vague.test(subject) &&
    isLatin(subject) === rules.latin &&
    namesOf(subject).every((name) => mentions(facts, name))
  )
}

function withoutNames(text: string): string {
  return text.replace(/`[^`]*`/g, '')
}

/** Words that can only be names in code: quoted, with an underscore, with a capital inside, or with a file ending. */
function namesOf(text: string): string[] {
  const quoted = [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
  const words = withoutNames(text).match(/[\p{L}\p{N}_$][\p{L}\p{N}_$./-]*/gu) ?? []
  const odd = words
    .map((word) => word.replace(/[.]+$/, ''))
    .filter((word) => /\w_\w|\p{Ll}\p{Lu}|\w\.\p{L}/u.test(word))
  return [...quoted.map((name) => name.replace(/\(.*$/, '').trim()), ...odd].filter((name) => name !== '')
}

function mentions({ text }: ChangeFacts, name: string): boolean {
  return text.toLowerCase().includes(name.toLowerCase())
}

/** The reason for the change. Undefined without one, or if it may not be about this change. */
function bodyOf(why: string, facts: ChangeFacts, { bodyMax, latin }: MessageRules): string | undefined {
  const text = withoutPadding(escapeProseLine(plainText(why, facts.text)).replace(/\s+/g, ' ').trim())
  const words = text.toLowerCase().match(/\p{L}{5,}/gu) ?? []
  const grounded = words.filter((word) => mentions(facts, word)).length * 2 >= words.length && words.length >= 3
  const isFit = grounded && isLatin(text) === latin && namesOf(text).every((name) => mentions(facts, name))
  if (facts.changedLines < thinDiff || !isFit || /`{3}|[{}]/.test(text)) return undefined
  const lines = wrap(text, bodyMax).slice(0, 5)
  return lines.some((line) => line.startsWith(facts.comment) || line.length > bodyMax) ? undefined : lines.join('\n')
}

function wrap(text: string, width: number): string[] {
  return text.split(' ').reduce<string[]>((lines, word) => {
    const last = lines.at(-1)
    const longer = `${last} ${word}`
    // Linters count characters, readers see columns.
    if (last === undefined || Math.max(longer.length, displayWidth(longer)) > width) return [...lines, word]
    return [...lines.slice(0, -1), longer]
  }, [])
}
