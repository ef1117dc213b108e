import type { Argument, Command, Option } from 'commander'
import type { DefineCommand } from '../prompt-words.ts'
import type { Place as Known, Value } from './place.ts'
import { commandsOf, namedValues } from './values.ts'

/**
 * Candidates for the word that is being typed: values that begin like it, and whether the shell may
 * offer its files or folders as well.
 */
export type Completion = { values: Value[]; paths: Paths }

type Paths = 'none' | 'files' | 'folders'

/** What the words before the last one mean. */
type Place = Known & {
  positionals: string[]
  /** It waits for its value. */
  option: Option | undefined
  /** Behind `--`, where nothing is a flag. */
  isPlain: boolean
}

/** `words`: all behind the program's name up to the cursor; the last one is being typed and may be empty. */
export async function complete(program: Command, define: DefineCommand, words: readonly string[]): Promise<Completion> {
  const typed = words.at(-1) ?? ''
  const place = await placeOf(program, define, words.slice(0, -1))
  const [flag, value] = splitFlag(typed)
  const joined = value === undefined || place.isPlain ? undefined : findOption(place.command, flag)
  if (joined !== undefined) return beginning(typed, await valuesOf(joined, place), `${flag}=`)
  if (place.option !== undefined) return beginning(typed, await valuesOf(place.option, place))
  if (typed.startsWith('-') && !place.isPlain)
    return beginning(typed, { values: flagsOf(place.command), paths: 'none' })
  return beginning(typed, await positionalValues(place))
}

function beginning(typed: string, { values, paths }: Completion, prefix = ''): Completion {
  const all = values.map(({ value, help }) => ({ value: prefix + value, help }))
  return { values: all.filter(({ value }) => value.startsWith(typed)), paths }
}

async function placeOf(program: Command, define: DefineCommand, words: readonly string[]): Promise<Place> {
  const place: Place = { command: program, positionals: [], folder: undefined, option: undefined, isPlain: false }
  for (const word of words) {
    if (place.option !== undefined) takeValue(word, place)
    else if (place.isPlain) place.positionals.push(word)
    else if (word === '--') place.isPlain = true
    else if (word.startsWith('-') && word !== '-') {
      const [flag, value] = splitFlag(word)
      const option = findOption(place.command, flag)
      if (option !== undefined && takesValue(option)) place.option = option
      if (value !== undefined) takeValue(value, place)
    } else await takeWord(word, place, define)
  }
  return place
}

function takeValue(word: string, place: Place): void {
  if (/^--(?:root|workspace|working-dir)$/.test(place.option?.long ?? '')) place.folder = word
  place.option = undefined
}

/** The first word of a group names one of its commands, which is defined only then. */
async function takeWord(word: string, place: Place, define: DefineCommand): Promise<void> {
  const { command, positionals } = place
  const child = positionals.length === 0 ? command.commands.find((one) => one.name() === word) : undefined
  if (child === undefined) {
    positionals.push(word)
    return
  }
  place.command = child
  if (command.parent === null && child.options.length + child.commands.length === 0) await define(child)
}

function splitFlag(word: string): [string, string | undefined] {
  const [, flag = word, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? []
  return [flag, value]
}

function findOption({ options }: Command, word: string): Option | undefined {
  return options.find(({ long, short }) => word === long || word === short)
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional
}

function flagsOf({ options }: Command): Value[] {
  return options
    .filter(({ hidden }) => !hidden)
    .flatMap(({ long, description }) =>
      long === undefined || long === null ? [] : [{ value: long, help: description }],
    )
}

async function valuesOf(option: Option, place: Place): Promise<Completion> {
  if (option.argChoices !== undefined) return only(option.argChoices.map((value) => ({ value, help: '' })))
  const [, kind = ''] = /<([^>]+)>/.exec(option.flags) ?? []
  if (option.long !== '--model') return valuesFor(kind, place)
  // The engine without a server also runs a file.
  return { values: await namedValues('model', place), paths: kind.includes('file') ? 'files' : 'none' }
}

async function positionalValues(place: Place): Promise<Completion> {
  const { command, positionals } = place
  const argument = argumentAt(command, positionals.length)
  const isHelp = command.parent === null && positionals.length === 1 && positionals[0] === 'help'
  const values = positionals.length === 0 || isHelp ? commandsOf(command) : []
  if (isHelp) return only(values)
  if (command.parent === null) {
    // Words that name files are files behind -f, where a shell has made them of a glob.
    return { values, paths: positionals.length === 0 ? 'none' : 'files' }
  }
  if (argument === undefined) return only(values)
  const found = await valuesFor(argument.name(), place)
  return { values: [...values, ...found.values], paths: found.paths }
}

function argumentAt({ registeredArguments }: Command, place: number): Argument | undefined {
  const last = registeredArguments.at(-1)
  return registeredArguments[place] ?? (last?.variadic ? last : undefined)
}

/** By the placeholder of the value in the help: `--dir <dir>`, `hook run <name>`. */
async function valuesFor(kind: string, place: Place): Promise<Completion> {
  const paths: Paths = /dir/.test(kind) ? 'folders' : /file|path/.test(kind) ? 'files' : 'none'
  return { values: await namedValues(kind, place), paths }
}

function only(values: Value[]): Completion {
  return { values, paths: 'none' }
}
