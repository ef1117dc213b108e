import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { LocalBrainError, isError } from '../../errors.ts'
import { listSkills } from '../../skills/find.ts'
import { slipOf } from '../../text/nearest.ts'
import { shellWord } from '../../text/shell-word.ts'
import { openWorkspace } from '../../workspace/open.ts'
import { splitNames } from './file-names.ts'
import type { Asked } from './flags.ts'
import type { Settings } from './settings.ts'
import { places } from './skill-places.ts'
import { stdinIsPiped } from './stdin.ts'
import { writeAside } from './terminal.ts'

/** Defines a command of the program, of which otherwise only the name is known. */
export type DefineCommand = (command: Command) => Promise<Command>

/** The words of a run that belong to no flag. */
export type Words = {
  words: readonly string[]
  /** All that was typed, to tell which of them follow `-f`. */
  argv: readonly string[]
  program: Command
  define: DefineCommand
  asked: Asked
  settings: Settings
}

/**
 * The words as a question, and the files among them. Words that are not a question are not sent to a model: names of files
 * after `-f`, which a shell made of a glob, are taken as files; names of files without it, slips of commands and names
 * of skills are a usage error that says what to type.
 */
export async function sortWords({ words: typed, ...call }: Words): Promise<{ prompt: string; files: string[] }> {
  const words = typed.filter((word) => word.trim() !== '')
  const named = await Promise.all(words.map((word) => filesNamedBy(word, call.settings)))
  const files = named.flatMap((names) => names ?? [])
  const isFile = (word: string) => named[words.indexOf(word)] !== undefined
  const areFiles = files.length > 0 && named.every((names) => names !== undefined)
  const { request, shown } = call.asked
  if (areFiles && request.work.files.length > 0) {
    if (shown.quiet !== true) await writeAside('note', `${listed(files)} taken as files too; ${quoteGlobs}`)
    return { prompt: '', files }
  }
  if (areFiles) throw notAQuestion(files, call.asked)
  const sorted = { words, files, isFile }
  if (files.length > 0) refuseMixture(sorted, call)
  if (request.skill === undefined) await refuseSlips(sorted, call)
  return { prompt: words.join(' '), files: [] }
}

const quoteGlobs = 'quote a glob to keep the shell from expanding it'

/** The files that one word means: a name, a glob, or several names between commas or blanks. */
async function filesNamedBy(word: string, settings: Settings): Promise<string[] | undefined> {
  const exists = (name: string) => name === '-' || existsSync(resolve(settings.cwd, name))
  if (exists(word)) return [word]
  for (const names of [splitNames(word, exists), word.split(/\s+/).filter((name) => name !== '')]) {
    if (names.length > 1 && names.every(exists)) return names
  }
  return (await matchesAFile(word, settings)) ? [word] : undefined
}

async function matchesAFile(word: string, { cwd, environment }: Settings): Promise<boolean> {
  if (!/[*?[{]/.test(word) || /\s/.test(word) || word.startsWith('/')) return false
  try {
    const workspace = await openWorkspace({ root: cwd, environment })
    return (await workspace.list({ pattern: word, limit: 1 })).paths.length > 0
  } catch (error) {
    if (!isError(error)) throw error
    return false
  }
}

function notAQuestion(files: readonly string[], asked: Asked): LocalBrainError {
  const what = files.length === 1 ? 'names a file or folder' : 'name files or folders'
  return new LocalBrainError('usage', `${listed(files)} ${what} and can't be the question`, {
    hint: runOn(files, asked),
  })
}

type Call = Omit<Words, 'words'>

/** The words with the files among them. */
type Sorted = { words: readonly string[]; files: readonly string[]; isFile: (word: string) => boolean }

/** Many a question mentions a file; here it was hardly meant as part of one. */
function refuseMixture({ words, files, isFile }: Sorted, { argv, asked }: Call): void {
  const others = words.filter((word) => !isFile(word))
  const meant = `${runOn(files, asked)} ${shellWord(others.join(' '))}`
  if (filesAfterFlag(argv, isFile).some(isPlainlyAPath)) {
    throw new LocalBrainError('usage', `-f takes one word, and ${listed(files)} would be part of the question`, {
      hint: `quote the glob, or separate names by commas: ${meant}`,
    })
  }
  if (others.some((word) => /\s/.test(word)) && files.some(isPlainlyAPath)) {
    throw new LocalBrainError('usage', `${listed(files)} would be part of the question`, { hint: meant })
  }
}

/** A folder may well be called like a word of a question. */
function isPlainlyAPath(name: string): boolean {
  return /[./]/.test(name)
}

/** The files that directly follow a value of `-f`: a shell puts the matches of a glob there. */
function filesAfterFlag(argv: readonly string[], isFile: (word: string) => boolean): string[] {
  const found: string[] = []
  let [isValue, follows] = [false, false]
  for (const word of argv) {
    if (isValue) isValue = false
    else if (/^-[qv]*f|^--files(?:=|$)/.test(word)) {
      isValue = /^-[qv]*f$|^--files$/.test(word)
      follows = true
    } else if (follows && isFile(word)) found.push(word)
    else follows = false
  }
  return found
}

/** Single words that are nearly a command or are a skill's name, and slips within two words of a command. */
async function refuseSlips({ words, files, isFile }: Sorted, call: Call): Promise<void> {
  const [first = '', second] = words
  if (
    first === 'help' &&
    second !== undefined &&
    !/\s/.test(second) &&
    words.length === 2 &&
    !call.argv.includes('--')
  ) {
    const { noHelp } = await import('./no-help.ts')
    throw noHelp(second, namesOf(call.program), call.settings)
  }
  const isWithFiles = words.length > 1 && words.slice(1).every(isFile)
  if (/\s/.test(first) || call.argv.includes('--') || (second !== undefined && !isWithFiles)) {
    if (second !== undefined && words.length < 4) await refuseSlipOfGroup(words, call)
    return
  }
  const skills = listSkills(places(call.settings)).map(({ name }) => name)
  const run = (skill: string) => runOn(files, call.asked, skill)
  if (skills.includes(first)) {
    throw new LocalBrainError('usage', `"${first}" is the name of a skill and can't be the question`, {
      hint: run(first),
    })
  }
  if (isWithFiles) return
  const command = slipOf(first, [...namesOf(call.program), 'help', 'version'])
  const skill = command === undefined ? skillMeant(first, skills) : undefined
  const meant =
    skill === undefined ? command && `local-brain ${command === 'version' ? '--version' : command}` : run(skill)
  if (meant === undefined) return
  throw new LocalBrainError('usage', `There is no command or skill "${first}"`, { hint: `did you mean "${meant}"?` })
}

/** `skils list`, `hook instal`: together they are no question either. */
async function refuseSlipOfGroup(words: readonly string[], { program, define }: Call): Promise<void> {
  const [first = '', second = '', ...rest] = words
  const group = slipOf(first, [...namesOf(program), 'help'])
  const command = program.commands.find((one) => one.name() === group)
  const inGroup = group === 'help' ? program : command && (await define(command))
  const meant = inGroup && slipOf(second, namesOf(inGroup))
  if (meant === undefined) return
  throw new LocalBrainError('usage', `There is no command "${first}"`, {
    hint: `did you mean "${['local-brain', group, meant, ...rest.map(shellWord)].join(' ')}"?`,
  })
}

function namesOf({ commands }: Command): string[] {
  return commands.map((command) => command.name())
}

/** A slip of the name, or one of the words that it is made of. */
function skillMeant(word: string, skills: readonly string[]): string | undefined {
  const meant = slipOf(word, skills)
  if (meant !== undefined || word.length < 6) return meant
  return skills.find((name) => name.split('-').includes(word.toLowerCase()))
}

const namedAtMost = 5

/** The command that does what was meant, with what else it was given to work on. */
function runOn(files: readonly string[], { request }: Asked, skill = request.skill): string {
  const { work } = request
  const names = [...new Set([...work.files, ...files])]
  const parts = ['local-brain']
  if (skill !== undefined) parts.push(`-s ${shellWord(skill)}`)
  if (names.length > 0) parts.push(filesFlag(names))
  if (work.dir !== undefined) parts.push(`-d ${shellWord(work.dir)}`)
  if (work.diff !== undefined && files.length === 0) {
    parts.push(work.diff.base === undefined ? '--git-diff' : `--base ${shellWord(work.diff.base)}`)
  }
  const isGiven = names.length > 0 || work.dir !== undefined || work.diff !== undefined || stdinIsPiped()
  return [...parts, ...(isGiven ? [] : ['-f <file>'])].join(' ')
}

function filesFlag(names: readonly string[]): string {
  if (names.some((name) => name.includes(','))) return names.map((name) => `-f ${shellWord(name)}`).join(' ')
  const shown = names.slice(0, namedAtMost).map(shellWord).join(',')
  return `-f ${shown}${names.length > namedAtMost ? ',…' : ''}`
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `"${name}"`)
  const more = names.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(' and ').replace(/ and (?=.* and )/g, ', ')
}
