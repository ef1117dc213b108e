/** `shown`: what the model was told. `project`: what else says how the project writes its tickets. */
export type MessageContext = { shown: string; project?: string }

/** Words that lead to a ticket and go with it, in front of other letters than the first in lower case. */
const words =
  'close closes closed closing fix fixes fixed fixing resolve resolves resolved resolving ref refs reference references referencing see also relate relates related to part of address addresses addressing issue issues ticket tickets bug bugs jira task tasks for re cf pr mr schließt behebt siehe ferme corrige voir cierra cerrar fecha chiude vedi закрывает исправляет см 修复 关闭'.split(
    ' ',
  )
const word = `(?:${words.map((one) => `[${one[0]}${one[0]?.toUpperCase()}]${one.slice(1)}`).join('|')}|JIRA|PR|MR)`
// `fix:` is the type of a change.
const leading = String.raw`(?<![\p{L}\p{N}_-])(?:(?![Ff]ix:)${word}(?:[.:]\s{0,9}|\s{1,9})){1,4}`

/** As trackers write it: `#12`, `owner/name#12`, `!12`, `ABC-12`, `issue 12`. */
const numbered = String.raw`(?<![\w#!/&])(?:[\w.-]{1,40}/[\w.-]{1,40})?[#!]\d+\b`
const keyed = String.raw`(?<![\w-])[A-Z][A-Z0-9]{1,9}-\d+(?![\w-]|\.\d)`
const spoken = String.raw`(?<!\w)(?:[Ii]ssue|[Tt]icket|[Bb]ug|PR|MR)s? (?:no\. ?|number )?#?\d+\b`
const ticket = `(?:${numbered}|${keyed}|${spoken})`
const list = String.raw`${ticket}(?:(?:\s{0,9}[,;&+/]\s{0,9}|\s{1,9}(?:and|or|und|et|y|и)\s{1,9}|\s{1,9})(?:${leading})?${ticket})*`

const spokenOnly = new RegExp(`^${spoken}$`, 'u')
const everyTicket = new RegExp(ticket, 'gu')
const inSentence = new RegExp(String.raw`(?<lead>[ \t]{0,9})(?<words>${leading})?(?<list>${list})(?<colon>:)?`, 'gu')
const bracket = /(?<lead>[ \t]{0,9})(?<open>[([])(?<inside>[^()[\]\n]{1,200})(?<close>[)\]])(?<colon>:)?/gu
const lastClause = /(?:\s{0,9}[,;]\s{0,9}|\s{1,9}[–—-]{1,3}\s{1,9})(?<inside>[^,;()[\]\n]{1,100})$/u
const footer = new RegExp(String.raw`^[\p{L}-]{2,30}(?::| #)\s*${list}\.?$`, 'u')

/** What has the form of a ticket, and is the name of a standard, a size or a product. */
const standards =
  /^(?:UTF|UCS|ISO|IEC|IEEE|RFC|CVE|CWE|GHSA|SHA|MD|AES|DES|RSA|RC|EC|ECMA|ES|PEP|JSR|JEP|HTTP|TLS|SSL|IPV|GPT|WIN|CP|KOI|BASE|CRC|FP|INT|UINT|ARM|AMD|HMAC|PBKDF|ED|GPL|LGPL|AGPL|MPL|BSD|USB|DDR|PSR|BIP|EIP|ERC|WCAG|FIPS|NIST|ANSI|ASCII|LATIN|BLAKE|POSIX|MPEG|MP|VP|AV|PCM|LTS|COVID|PCI|SOC|DIN|EN)-\d+$/

/** Subjects that git writes itself. */
const byGit = /^(?:Merge|Revert) /

/** Between these and a name the sentence goes on. */
const preposition = /(?:^|\s)(?:as|with|in|into|to|via|using|by|from|than|like|on|of|the|a|an)\s*$/i

/**
 * A text about a change without the tickets that the model invented, each with the bracket, the comma and the word that
 * lead to it. A name that only looks like a ticket stays.
 */
export function withoutInventedTickets(text: string, context: MessageContext): string {
  if (text.match(everyTicket) === null) return text
  const isInvented = createJudge(context)
  const lines = text.split('\n').flatMap((line) => {
    const rest = byGit.test(line) ? line : clean(line, isInvented)
    return rest === '' && line.trim() !== '' ? [] : [rest]
  })
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/\s+$/, '')
}

/** `loose`: nothing around it says that it is a ticket. */
type Judge = (id: string, loose: boolean) => boolean

function createJudge({ shown, project = '' }: MessageContext): Judge {
  const told = shown.toLowerCase()
  const habits = `${told}\n${project.toLowerCase()}`
  const squeezed = told.replaceAll('-', '')
  return (given, loose) => {
    const id = given.toLowerCase()
    const number = /\d+$/.exec(id)?.[0] ?? ''
    const key = /^[a-z]+\w*-(?=\d+$)/.exec(id)?.[0]
    if (key === undefined) return !holds(told, `#${number}`) && !holds(told, id)
    if (standards.test(given) || holds(told, id) || holds(squeezed, id.replaceAll('-', ''))) return false
    // The keys of a project are known by their like.
    return !loose || new RegExp(String.raw`(?<![\w-])${key}\d`).test(habits)
  }
}

function holds(text: string, id: string): boolean {
  for (let at = text.indexOf(id); at >= 0; at = text.indexOf(id, at + 1)) {
    if (!/\w/.test(text[at + id.length] ?? '') && !/^\w$/.test(id[0] === '#' ? '' : (text[at - 1] ?? ''))) return true
  }
  return false
}

function clean(line: string, isInvented: Judge): string {
  const whole = footer.test(line.trim()) && (line.match(everyTicket) ?? []).every((id) => isInvented(id, false))
  if (whole) return ''
  let rest = line.replace(bracket, (...args) => withoutBracket(matchOf(args), isInvented))
  for (let found = lastClause.exec(rest); found !== null; found = lastClause.exec(rest)) {
    if (!isAboutTicket(found.groups?.['inside'] ?? '', isInvented)) break
    rest = rest.slice(0, found.index)
  }
  rest = rest.replace(inSentence, (...args) => withoutTickets(matchOf(args), isInvented))
  return rest === line ? line : tidied(rest)
}

type Match = { groups: Record<string, string | undefined>; line: string; at: number; whole: string }

/** The arguments of a replacer. */
function matchOf(args: readonly unknown[]): Match {
  const groups = args.at(-1) as Match['groups']
  return { groups, line: args.at(-2) as string, at: args.at(-3) as number, whole: args[0] as string }
}

/** A bracket of little else goes whole; after a word, as `feat(ABC-12):`, its colon stays. */
function withoutBracket({ groups, line, at, whole }: Match, isInvented: Judge): string {
  const { lead = '', open = '', inside = '', close = '', colon = '' } = groups
  const parts = inside.split(/\s*[,;]\s*/)
  const kept = parts.filter((part) => !isAboutTicket(part, isInvented))
  if (kept.length === parts.length) return whole
  if (kept.length > 0) return `${lead}${open}${kept.join(', ')}${close}${colon}`
  return lead === '' && /\w$/.test(line.slice(0, at)) ? colon : ''
}

/** True when a bracket or a clause holds an invented ticket, no other one, and hardly a word. */
function isAboutTicket(inside: string, isInvented: Judge): boolean {
  const ids = inside.match(everyTicket) ?? []
  const rest = inside.replace(everyTicket, ' ')
  const others = rest.match(/[\p{L}\p{N}]+/gu) ?? []
  return ids.length > 0 && ids.every((id) => isInvented(id, false)) && others.length <= 2 && !preposition.test(rest)
}

function withoutTickets({ groups, line, at, whole }: Match, isInvented: Judge): string {
  const { lead = '', words: before = '', list: ids = '', colon = '' } = groups
  const behind = line.slice(at + whole.length)
  const isHead = line.slice(0, at).trim() === '' && before === '' && (colon !== '' || /^\s+[–—-]\s/.test(behind))
  const goesOn = /^\s+[\p{L}\p{N}]/u.test(behind)
  const isLed = before !== '' && !(goesOn && /^(?:fix\w*|for|address\w*)\s*$/i.test(before))
  const all = ids.match(everyTicket) ?? []
  // `add issue 12 templates`
  if (goesOn && before === '' && /^[^#]+$/.test(ids) && spokenOnly.test(ids)) return whole
  const kept = all.filter((id) => !isInvented(id, !isHead && !isLed))
  if (kept.length === all.length) return whole
  if (kept.length > 0) return `${lead}${before}${kept.join(', ')}${colon}`
  // Where the sentence goes on, its verb stays.
  return goesOn && /^fix\w*\s*$/i.test(before) ? `${lead}${before.trim()}` : ''
}

/** Takes away what led to what is gone. */
function tidied(line: string): string {
  return line
    .replace(/\(\s*[,;:]\s*/g, '(')
    .replace(/\s*[([]\s*[)\]]/g, '')
    .replace(/(\S)[ \t]{2,}/g, '$1 ')
    .replace(/[ \t]+([,;:.])/g, '$1')
    .replace(/[,;](?=[,;.])/g, '')
    .replace(/(?<!\.)\.[ \t]*\.$/, '.')
    .replace(/^[ \t]*[,;:–—-]+[ \t]*/, '')
    .replace(/[\s,;:([–—-]+$/, '')
    .trim()
}
