const verbs =
  'add allow avoid build bump change check clean clear close convert correct create cut delete describe detect disable document drop enable enforce ensure expose extend extract fix handle implement improve include increase introduce keep limit list load log make mark merge move name parse pass pin prevent print raise read reduce refactor reject release remove rename reorder replace report reset resolve restore return reuse run save send set show simplify skip sort split start stop store support switch test tighten trim unify update upgrade use validate verify wait warn wrap write'.split(
    ' ',
  )

/** Other forms of these verbs, which are replaced by the imperative. */
const forms = new Map(verbs.flatMap((verb) => formsOf(verb).map((form) => [form, verb])))

function formsOf(verb: string): string[] {
  const stem = verb.replace(/e$/, '')
  const last = verb.at(-1) ?? ''
  const irregular = verb.endsWith('y') ? [`${verb.slice(0, -1)}ies`, `${verb.slice(0, -1)}ied`] : []
  return [`${verb}s`, `${verb}es`, `${stem}ed`, `${stem}ing`, `${verb}${last}ed`, `${verb}${last}ing`, ...irregular]
}

const dressing = /^[\s"'*_#>-]+|[\s"'*_]+$/g
const wrapped = /^`([^`]*)`$/
/** What a model says before a message. */
export const preamble =
  /^(?:sure|certainly|okay|ok|here(?:'s| is)|the commit message(?: is)?|commit message|subject)\b[^:\n]{0,60}:\s*/i
const author = /^(?:i|we)(?:'ve| have)?\s+|^this (?:commit|change|patch|diff)\s+(?:will\s+)?/i
const padding =
  /(?:,|;| to| and| for|\s-)?\s+(?:thereby |thus |also )?(?:improv|enhanc|ensur|increas|boost|better)\w*\s+(?:the |code |overall |its )*(?:maintainability|readability|quality|clarity|consistency|robustness|reliability|user experience|code|organization|structure)\b.*$/i
const dangling = /[\s,;:(-]+(?:and|or|to|for|the|a|an|of|in|on|with|by|from|that|when|as)?$/i

/** True for a line that begins like a subject: with a verb, in whatever form. */
export function isCommand(line: string): boolean {
  const first = /^[\p{L}]+/u.exec(line.trim())?.[0].toLowerCase() ?? ''
  return verbs.includes(first) || forms.has(first)
}

/** Whether a subject begins with a type that says that something breaks, as `feat!:` does. */
export function isBreaking(subject: string, types: readonly string[]): boolean {
  return typeOf(types).exec(subject)?.[0].includes('!:') ?? false
}

function typeOf(types: readonly string[]): RegExp {
  return new RegExp(`^(?:${types.join('|')})(?:\\([^)]*\\))?!?:\\s*`, 'i')
}

/** Reduces a subject to a bare imperative. The result may be empty. */
export function repairSubject(text: string, types: readonly string[]): string {
  const bare = text
    .replace(/\s+/g, ' ')
    .replace(dressing, '')
    .replace(preamble, '')
    .replace(dressing, '')
    .replace(wrapped, '$1')
    .replace(typeOf(types), '')
    .replace(author, '')
    .replace(padding, '')
    .replace(/[.!…\s]+$/, '')
  return lowerFirst(command(bare))
}

/** Removes an ending that says nothing about the change. */
export function withoutPadding(text: string): string {
  return text.replace(padding, '')
}

function command(subject: string): string {
  return subject.replace(/^\S+/, (word) => forms.get(word.toLowerCase()) ?? word)
}

/** Starts with a lower-case letter, unless the first word is an acronym or a name in the code. */
function lowerFirst(subject: string): string {
  return /^\p{Lu}\p{Ll}*(?=[\s,]|$)/u.test(subject) ? subject.slice(0, 1).toLowerCase() + subject.slice(1) : subject
}

/** Cuts the text between two words and drops a dangling word such as "and" at its end. */
export function cutAtWord(text: string, characters: number): string {
  if (text.length <= characters) return text
  const cut = text.slice(0, characters + 1)
  return cut.slice(0, Math.max(0, cut.lastIndexOf(' '))).replace(dangling, '')
}
