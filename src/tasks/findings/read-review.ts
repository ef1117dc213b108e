import { isRecord } from '../../core/fits.ts'
import { foldName } from '../../core/coerce.ts'
import { unpacked } from '../../core/read-as.ts'
import { type Severity, severities } from '../../skills/severity.ts'

/** A finding as the schema of the reply has it. */
type ReadFinding = {
  quote: string
  /** What the model calls its kind: `Kinds` reads it. */
  defect: string
  title: string
  message: string
  trigger: string
  /** Empty where none could be read. */
  severity: Severity | ''
  suggestion: string
}

/** Stands for an entry without a quote: it is dropped and counted, and its neighbours stay. */
export const unreadable: ReadFinding = {
  quote: '',
  defect: '',
  title: '',
  message: '',
  trigger: '',
  severity: '',
  suggestion: '',
}

/** What models call the parts of a review, our own word first. Written as `foldName` leaves them. */
const names = {
  analysis: ['analysis', 'summary', 'reasoning', 'thoughts', 'thought', 'explanation', 'overview', 'assessment'],
  findings: ['findings', 'finding', 'issues', 'issue', 'problems', 'defects', 'bugs', 'results', 'comments', 'reviews'],
  quote: ['quote', 'quotedcode', 'quotedline', 'code', 'codequote', 'snippet', 'codesnippet', 'existingcode', 'line'],
  defect: ['defect', 'defecttype', 'kind', 'type', 'rule', 'category'],
  title: ['title', 'name', 'headline', 'summary', 'issue', 'problem'],
  message: [
    'message',
    'description',
    'explanation',
    'details',
    'detail',
    'reason',
    'why',
    'comment',
    'problem',
    'issue',
  ],
  trigger: ['trigger', 'when', 'condition', 'input', 'scenario', 'triggeredby'],
  severity: ['severity', 'level', 'priority', 'impact'],
  suggestion: ['suggestion', 'suggestedfix', 'suggestedcode', 'fix', 'correction', 'correctedcode', 'correctedline'],
  /** Where a field holds an object in place of its text. */
  text: ['text', 'code', 'content', 'value', 'quote', 'name', 'level'],
} as const

/**
 * What a model wrote as a review, in the shape that was asked for. Fields that a review can do without get a value, and a
 * field with an odd one costs neither its finding nor the others. What is no review comes back without what it lacks: a
 * list of findings, or, beside an empty one, an analysis, since nothing else shows that anything was looked at.
 */
export function readReview(value: unknown): unknown {
  return Array.isArray(value) ? reviewOfList(value) : isRecord(value) ? reviewOf(value) : value
}

function reviewOf(value: Record<string, unknown>): unknown {
  const fields = fieldsOf(value)
  const findings = entriesOf(field(fields, names.findings))?.map((entry) => readFinding(entry))
  const analysis = textOf(field(fields, names.analysis))
  // guard: review-analysis
  return findings?.length === 0 && !isEmptyReview(fields) ? { findings } : { analysis, findings }
}

/** Both parts by the names that were asked for: data under review may look like it by chance. */
function isEmptyReview(fields: Fields): boolean {
  const analysis = fields.get('analysis')
  return Array.isArray(fields.get('findings')) && analysis !== undefined && !isPlaceholder(textOf(analysis))
}

/** A list, one entry in its place, or lists by file or severity. */
function entriesOf(value: unknown): unknown[] | undefined {
  const list = unpacked(value)
  if (Array.isArray(list)) return list.flatMap((entry) => (isListOfFindings(entry) ? entry : [entry]))
  if (!isRecord(list)) return undefined
  const inner = Object.values(list).flat()
  return isReadable(list) ? [list] : inner.some((entry) => isReadable(entry)) ? inner : undefined
}

function isListOfFindings(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.some((entry) => isReadable(entry))
}

function isReadable(entry: unknown): boolean {
  return readFinding(entry) !== unreadable
}

/** Findings without anything around them. Other entries of the list are ignored. */
function reviewOfList(list: readonly unknown[]): unknown {
  const findings = list.map((entry) => readFinding(entry)).filter((one) => one !== unreadable)
  return findings.length === 0 ? undefined : { analysis: '', findings }
}

/** `wrapped`: it may be the only thing in another object. */
function readFinding(given: unknown, wrapped = true): ReadFinding {
  const entry = unpacked(given)
  if (!isRecord(entry)) return unreadable
  const fields = fieldsOf(entry)
  const quote = textOf(field(fields, names.quote), '\n')
  if (quote.trim() === '' || isPlaceholder(quote)) {
    const [only, ...others] = Object.values(entry)
    return wrapped && isRecord(only) && others.length === 0 ? readFinding(only, false) : unreadable
  }
  const [title, message] = [textOf(field(fields, names.title)), textOf(field(fields, names.message))]
  const defect = textOf(field(fields, names.defect))
  const words = defect.replaceAll('-', ' ').trim() || 'a defect'
  return {
    quote,
    defect,
    title: title || (message.split(/(?<=[.!?])\s/, 1)[0] ?? '') || words,
    message: message || title || words,
    trigger: textOf(field(fields, names.trigger)),
    severity: severityOf(textOf(field(fields, names.severity))),
    suggestion: suggestionOf(textOf(field(fields, names.suggestion), '\n')),
  }
}

type Fields = ReadonlyMap<string, unknown>

/** The first of two keys that are the same but for their form is the one that counts. */
function fieldsOf(value: Record<string, unknown>): Fields {
  return new Map(
    Object.entries(value)
      .map(([key, inner]): [string, unknown] => [foldName(key), inner])
      .toReversed(),
  )
}

function field(fields: Fields, known: readonly string[]): unknown {
  const name = known.find((one) => fields.get(one) !== undefined && fields.get(one) !== null)
  return name === undefined ? undefined : fields.get(name)
}

/** Longer than any field, so that nothing further on has to be careful. */
const maxTextChars = 4000

function textOf(value: unknown, separator = ' '): string {
  if (Array.isArray(value)) return value.slice(0, 50).map(plainText).join(separator).slice(0, maxTextChars)
  return isRecord(value) ? plainText(field(fieldsOf(value), names.text)) : plainText(value)
}

function plainText(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, maxTextChars)
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

/** An example that was copied, not filled in: words in angle brackets, but no markup with attributes. */
function isPlaceholder(text: string): boolean {
  return /^\s*(?:[.…]+|<[^<>="/{!]{0,200}>|string)\s*$/i.test(text)
}

function suggestionOf(text: string): string {
  return /^\s*(?:none|n\/?a|null|empty|no suggestion|-|[.…]+)\.?\s*$/i.test(text) ? '' : text
}

const severityWords: Readonly<Record<string, Severity>> = {
  blocker: 'critical',
  blocking: 'critical',
  fatal: 'critical',
  emergency: 'critical',
  severe: 'high',
  serious: 'high',
  major: 'high',
  error: 'high',
  important: 'high',
  moderate: 'medium',
  warning: 'medium',
  warn: 'medium',
  normal: 'medium',
  minor: 'low',
  trivial: 'low',
  small: 'low',
  information: 'info',
  informational: 'info',
  note: 'info',
  notice: 'info',
  hint: 'info',
  suggestion: 'info',
  none: 'info',
}

/** Empty for a word that is not a severity. */
function severityOf(text: string): Severity | '' {
  const word = foldName(text)
  const number = /^[ps]?([0-4])$/.exec(word)?.[1]
  const exact = severities.find((one) => one === word)
  if (exact !== undefined) return exact
  if (Object.hasOwn(severityWords, word)) return severityWords[word] ?? ''
  if (number !== undefined && /^[ps]/.test(word)) return severities[Number(number)] ?? ''
  return severities.find((one) => word.startsWith(one) || word.endsWith(one)) ?? ''
}
