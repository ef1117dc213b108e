import type { Command, Redirection, Statement, Word } from 'unbash'

/** The simple commands of a line, each as its words. `isOne`: there is nothing to join, so no shell is needed. */
export type PlainLine = { commands: string[][]; isOne: boolean }

/**
 * A line of bash that is nothing but simple commands of literal words, joined by `&&`, `||`, `;`, `|` or line ends;
 * undefined for any other. What this does not know is refused: expansions, substitutions, globs, assignments,
 * redirections (but `2>&1` and to `/dev/null`), functions, background, and whatever does not parse.
 */
export async function readPlainLine(line: string): Promise<PlainLine | undefined> {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\uffff]/.test(line)) return undefined
  const { parse } = await import('unbash')
  const { commands: statements, errors } = parse(line)
  // guard: command-errors
  if (errors !== undefined && errors.length > 0) return undefined
  const simple = statements.map(simpleCommands)
  if (simple.includes(undefined)) return undefined
  const all = simple.flatMap((some) => some ?? [])
  const words = all.map(wordsOf)
  if (words.length === 0 || words.includes(undefined)) return undefined
  return {
    commands: words.flatMap((some) => (some === undefined ? [] : [some])),
    isOne: all.length === 1 && all.every(({ suffix }) => suffix.every(({ type }) => type === 'Word')),
  }
}

/** Undefined when there is more than simple commands. */
function simpleCommands({ command, background }: Statement): Command[] | undefined {
  if (background === true) return undefined
  const parts = command.type === 'AndOr' ? command.commands : [command]
  const simple: Command[] = []
  for (const part of parts) {
    if (part.type === 'Pipeline' && part.prefixes.length > 0) return undefined
    for (const one of part.type === 'Pipeline' ? part.commands : [part]) {
      if (one.type !== 'Command') return undefined
      simple.push(one)
    }
  }
  return simple
}

function wordsOf({ name, prefix, suffix }: Command): string[] | undefined {
  // guard: command-prefix
  if (name === undefined || prefix.length > 0) return undefined
  const words = [literal(name)]
  for (const part of suffix) {
    if (part.type === 'Word') words.push(literal(part))
    else if (part.type === 'Assignment' || !isHarmless(part)) return undefined
  }
  return words.includes(undefined) ? undefined : words.flatMap((word) => (word === undefined ? [] : [word]))
}

/** Characters that mean only themselves in bash, wherever they stand in a word. */
const plain = /^[\w@%+=:,./-]*$/

/** What a word is when nothing has to be expanded; undefined when something has. */
function literal({ text, value, parts }: Word): string | undefined {
  if (parts === undefined) return plain.test(text) ? value : undefined
  const isPlain = parts.every((part) => {
    if (part.type === 'SingleQuoted') return true
    if (part.type === 'Literal') return plain.test(part.text)
    return (
      part.type === 'DoubleQuoted' &&
      part.parts.every((inner) => inner.type === 'Literal' && /^[^\\$`!]*$/.test(inner.text))
    )
  })
  return isPlain ? value : undefined
}

/** `2>&1`, and what throws output away. */
function isHarmless(redirection: Redirection): boolean {
  if (redirection.type !== 'Redirect' || redirection.target?.parts !== undefined) return false
  const { operator, descriptor, target } = redirection
  const from = descriptor === undefined ? 1 : descriptor.type === 'FileDescriptor' ? descriptor.value : undefined
  if (from === undefined || from > 2) return false
  if (operator === '>&') return target?.text === '1' || target?.text === '2'
  return (operator === '>' || operator === '>>' || operator === '&>') && target?.text === '/dev/null'
}

/** Whether every command of the line begins with the words of a listed prefix. */
export async function isListed(line: string, prefixes: readonly string[]): Promise<boolean> {
  const read = await readPlainLine(line)
  if (read === undefined) return false
  const listed = await Promise.all(prefixes.map(readPlainLine))
  const words = listed.flatMap((prefix) => (prefix?.isOne ? prefix.commands : []))
  // guard: command-list
  return read.commands.every((command) => words.some((prefix) => prefix.every((word, at) => command[at] === word)))
}

/**
 * The first of the prefixes that a command of the line begins with, wherever it stands in it; undefined for none. Words are
 * compared as they are written, so this keeps slips away and not somebody who wants around it.
 */
export async function findDenied(line: string, prefixes: readonly string[]): Promise<string | undefined> {
  if (prefixes.length === 0) return undefined
  const { parse } = await import('unbash')
  // Parts are worked out when they are asked for: as JSON they are all there.
  const commands = commandsIn(JSON.parse(JSON.stringify(parse(line).commands)))
  return prefixes.find((prefix) => {
    const words = prefix.trim().split(/\s+/)
    return words[0] !== '' && commands.some((command) => words.every((word, at) => command[at] === word))
  })
}

/** The words of every simple command in a part of a parsed line, however deep. */
function commandsIn(node: unknown): string[][] {
  if (Array.isArray(node)) return node.flatMap(commandsIn)
  if (typeof node !== 'object' || node === null) return []
  const inner = Object.values(node).flatMap(commandsIn)
  if (!isCommand(node)) return inner
  const words = [node.name, ...node.suffix].map((part) => part?.value ?? '')
  return [words, ...inner]
}

type Simple = { name?: { value?: string }; suffix: readonly { value?: string }[] }

function isCommand(node: object): node is Simple {
  return 'type' in node && node.type === 'Command' && 'suffix' in node && Array.isArray(node.suffix)
}

/** Programs that run what they are given: a prefix that names one allows everything, whatever follows. */
const starters = new Set(
  'env xargs find sudo su doas ssh nohup time timeout watch exec eval parallel script setsid'.split(' '),
)

/** Programs that do so only when the prefix does not say what they run. */
const runners = new Set(
  (
    'sh bash zsh dash fish git make cmake npx npm pnpm yarn bun deno node python python2 python3 perl ruby php lua awk gawk docker podman ' +
    'kubectl'
  ).split(' '),
)

/** Those of the prefixes that let more run than they name, for a warning. */
export async function openPrefixes(prefixes: readonly string[]): Promise<string[]> {
  const read = await Promise.all(prefixes.map(async (prefix) => ({ prefix, line: await readPlainLine(prefix) })))
  return read.flatMap(({ prefix, line }) => {
    const [path = '', next] = line?.commands[0] ?? []
    const program = path.split('/').at(-1) ?? ''
    const isOpen = starters.has(program) || (runners.has(program) && (next === undefined || next.startsWith('-')))
    return isOpen ? [prefix] : []
  })
}
