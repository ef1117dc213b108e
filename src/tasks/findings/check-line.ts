import { beginsPrivateKey, findSecrets } from '../../text/secret-forms.ts'
import type { Finding } from './finding.ts'
import { findInvisible } from './invisible.ts'

/** What a check sees of a line. */
export type CheckedLine = {
  text: string
  /** The line below it, if that is shown. */
  next?: string
  /** The first line of its file. */
  first: boolean
  language: string
}

/** What a check found. `at` is where in the line; `marks` is what the quote must not be without. */
export type Hit = Pick<Finding, 'category' | 'severity' | 'title' | 'message'> & { name: string; at: number }

type Check = (line: CheckedLine) => Hit[]

const script = ['javascript', 'jsx', 'typescript', 'tsx', 'vue', 'svelte', 'astro']

/**
 * Statements that stop a program for somebody to look at. Only at the head of a line, so that comments and strings do not count.
 */
const stops: readonly { languages: readonly string[]; pattern: RegExp }[] = [
  { languages: script, pattern: /^\s*(?:[^/'"`]*[;{)]\s*)?debugger\s*;?\s*(?:\/\/.*|\}\s*)?$/ },
  {
    languages: ['python'],
    pattern: /^(?:[^#'"]*[:;])?\s*(?:breakpoint\(|(?:ipdb|pdb|pudb|wdb)\.set_trace\(|import\s+(?:ipdb|pdb|pudb|wdb)\b)/,
  },
  { languages: ['ruby'], pattern: /^(?:[^#'"]*;)?\s*(?:binding\.(?:pry|irb|b|break)\b|byebug\b|debugger\b)/ },
  { languages: ['rust'], pattern: /^(?!\s*\/\/)(?:[^"/]|\/(?!\/))*\bdbg!\s*[([{]/ },
  { languages: ['php'], pattern: /^(?:[^#'"/]*;)?\s*(?:xdebug_break\(|eval\(\\?Psy\\sh\()/ },
  { languages: ['csharp'], pattern: /^\s*(?:System\.Diagnostics\.)?Debugger\.Break\(/ },
  { languages: ['c', 'cpp'], pattern: /^\s*(?:__debugbreak\(|__builtin_debugtrap\(|DebugBreak\()/ },
  { languages: ['go'], pattern: /^\s*runtime\.Breakpoint\(/ },
  { languages: ['elixir'], pattern: /^\s*(?:require IEx;?\s*)?IEx\.pry\b/ },
  { languages: ['perl'], pattern: /^\s*\$DB::single\s*=/ },
]

const focused =
  /^(?!\s*(?:\/\/|\*|\/\*))[^'"`]*\b(?:describe|it|test|context|suite|specify|bench)(?:\.\w+){0,4}\.only\s*(?:[(`]|\.each)/

/** Text in a file that speaks to a model, not to a reader. */
const addressesModel =
  /\b(?:ignore|disregard|forget)\b.{0,20}\b(?:all|any|the|your|previous|prior|above|earlier)\b.{0,30}\b(?:instructions?|prompts?)\b|<\|(?:im_start|im_end|system|endoftext)\|>|\[\/?INST\]|\b(?:report|reply|answer|respond)\b.{0,20}\b(?:no|zero) (?:issues|findings|problems|defects)\b/i

// guard: line-checks
const checks: readonly Check[] = [conflict, privateKey, secret, invisible]
const statementChecks: readonly Check[] = [stop, onlyTest, instruction]

/** Longer statements are not written by hand, and the patterns would be slow on them. */
const maxStatementChars = 2000

/** Everything that is wrong with a line whatever anybody thinks of it. */
export function checkLine(line: CheckedLine): Hit[] {
  const asked = line.text.length > maxStatementChars ? checks : [...checks, ...statementChecks]
  return asked.flatMap((check) => check(line))
}

function conflict({ text }: CheckedLine): Hit[] {
  if (!/^(?:<{7}|\|{7}|>{7})(?: \S|$)/.test(text)) return []
  const message = 'A merge was not finished: both versions and their markers are in the file.'
  return [
    { name: 'conflict-marker', category: 'bug', severity: 'high', title: 'A conflict marker was left', message, at: 0 },
  ]
}

function privateKey({ text, next }: CheckedLine): Hit[] {
  if (!beginsPrivateKey(text, next)) return []
  const message = 'Anyone who can read the repository can use the key. It has to be replaced, since history keeps it.'
  const title = 'The text contains a private key'
  return [
    { name: 'private-key', category: 'security', severity: 'critical', title, message, at: text.indexOf('-----') },
  ]
}

function secret({ text }: CheckedLine): Hit[] {
  const message = 'Anyone who can read the repository can use it. It has to be revoked, since history keeps it.'
  return findSecrets(text).map(({ rule, title, start }) => ({
    name: rule,
    category: 'security',
    severity: rule === 'access-token' ? 'critical' : 'high',
    title,
    message,
    at: start,
  }))
}

function invisible({ text, first }: CheckedLine): Hit[] {
  const found = findInvisible(text, first)
  if (found === undefined) return []
  const message = `The line holds ${found.code}: what a reader sees is not what a machine reads.`
  const severity = found.rule === 'bidirectional-text' ? 'high' : 'medium'
  return [{ name: found.rule, category: 'security', severity, title: found.title, message, at: 0 }]
}

function stop({ text, language }: CheckedLine): Hit[] {
  // Indentation tried in every length would make a line of blanks take the square of its length.
  const code = text.trimStart()
  if (!stops.some(({ languages, pattern }) => languages.includes(language) && pattern.test(code))) return []
  const message = 'The program stops here, or prints what only its author wants to see.'
  const title = 'A debugger statement was left'
  return [{ name: 'debug-leftover', category: 'maintainability', severity: 'medium', title, message, at: 0 }]
}

function onlyTest({ text, language }: CheckedLine): Hit[] {
  if (!script.includes(language) || !focused.test(text)) return []
  const message = 'Every other test of the file is left out, and the suite still passes.'
  return [
    { name: 'focused-test', category: 'test-gap', severity: 'medium', title: 'Only this test runs', message, at: 0 },
  ]
}

function instruction({ text }: CheckedLine): Hit[] {
  const match = addressesModel.exec(text)
  if (match === null) return []
  const message = 'It may be there to change what a model says about this code. Read the code yourself.'
  const title = 'The text addresses a model'
  return [{ name: 'prompt-injection', category: 'security', severity: 'low', title, message, at: match.index }]
}
