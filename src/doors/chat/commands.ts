import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Chat, ChatStatus } from '../../app/chat/chat.ts'
import { openSaved, savedSessions } from '../../app/chat/resume.ts'
import type { Access } from '../../core/access.ts'
import type { Message } from '../../core/model.ts'
import { LocalBrainError } from '../../errors.ts'
import type { StorePaths } from '../../store/paths.ts'
import { redactSecrets } from '../../text/redact.ts'
import { escapeLine, escapeProse } from '../../text/escape.ts'
import { writingWords } from '../../text/system-words.ts'
import { suggestion } from '../../text/nearest.ts'
import { wrapBehind } from '../../text/wrap.ts'
import { modelNamed } from '../cli/aliases.ts'
import { loadLeniently } from '../cli/config.ts'

/** What a command works with. */
export type Around = {
  chat: Chat
  cwd: string
  paths: StorePaths
  say: (text: string) => void
  /** The width of the terminal that `say` writes to; 80 without one. */
  columns: number
  /** Shows a patch. */
  showPatch: (patch: Uint8Array) => void
  /** Asks a person a question that only a `y` answers with yes. */
  agree: (question: string) => Promise<boolean>
  /** Does something that takes time and that Ctrl-C ends. */
  working: <T>(act: (signal: AbortSignal) => Promise<T>) => Promise<T>
  /** Sends the last message again. */
  retry: () => Promise<void>
}

export type Command = {
  /** With the slash; the first is the usual one. */
  names: readonly string[]
  /** As the help shows it. */
  takes?: string
  help: string
  /** What Tab offers behind the name. */
  words?: readonly string[]
  /** Changes what is allowed, what is in the folder or what is on disk: only a person at a terminal may ask for it. */
  isPersonal?: boolean
  run: (argument: string, around: Around) => Promise<'quit' | void> | 'quit' | void
}

const levels: Readonly<Record<string, Access>> = { none: 'read', read: 'read', write: 'write', run: 'run' }

export const commands: readonly Command[] = [
  { names: ['/help', '/?'], help: 'these lines', run: (_, { say, columns }) => say(helpText(columns)) },
  {
    names: ['/clear'],
    help: 'forget the conversation; files stay as they are',
    async run(_, { chat, say }) {
      await chat.clear()
      say('The conversation is forgotten')
    },
  },
  { names: ['/quit', '/exit', '/q'], help: 'end the chat (also Ctrl-D)', run: () => 'quit' },
  {
    names: ['/undo'],
    help: "take back the last turn's changes, those of commands too",
    isPersonal: true,
    async run(_, { chat, say }) {
      const undone = await chat.undo()
      say(
        [...new Set(undone.map(({ path }) => path))]
          .map((path) => `${escapeLine(path)} is as it was before`)
          .join('\n'),
      )
    },
  },
  {
    names: ['/diff'],
    help: 'all changes of this session',
    async run(_, { chat, say, showPatch }) {
      const patch = await chat.diff()
      if (patch.length === 0) say('Nothing was changed')
      else showPatch(patch)
    },
  },
  {
    names: ['/allow'],
    takes: '[write|run|none]',
    words: ['write', 'run', 'none'],
    help: 'show or change what is allowed without asking',
    isPersonal: true,
    run(argument, { chat, say }) {
      if (argument !== '') chat.allow(levelOf(argument))
      say(allowedLine(chat.status()))
    },
  },
  {
    names: ['/model'],
    takes: '[name]',
    help: 'show or change the model, also by an alias; another one goes on from notes',
    isPersonal: true,
    async run(argument, { chat, say, working, paths }) {
      if (argument !== '') {
        const { config } = await loadLeniently(paths)
        await working(async (signal) => chat.useModel(modelNamed(argument, config), signal))
      }
      const { model, window } = chat.status()
      say(`Model: ${escapeLine(model)}, window ${window} tokens`)
    },
  },
  {
    names: ['/skill'],
    takes: '[name]',
    help: 'show or change the skill',
    isPersonal: true,
    async run(argument, { chat, say, working }) {
      if (argument !== '') await working(async () => chat.useSkill(argument))
      say(`Skill: ${escapeLine(chat.status().skill)}`)
    },
  },
  {
    names: ['/compact'],
    help: 'shorten the conversation to notes now',
    async run(_, { chat, working }) {
      await working(async (signal) => chat.compact(signal))
    },
  },
  {
    names: ['/status'],
    help: 'model, window, what is allowed, sandbox, folder, session',
    run: (_, { chat, say }) => say(statusText(chat.status())),
  },
  {
    names: ['/resume'],
    takes: '[id]',
    help: 'list the sessions of this folder, or continue one',
    isPersonal: true,
    run: async (argument, around) => (argument === '' ? listAll(around) : resume(argument, around)),
  },
  { names: ['/retry'], help: 'ask the last message again', run: async (_, { retry }) => retry() },
  {
    names: ['/apply'],
    help: 'with --scratch: put the changes into the folder',
    isPersonal: true,
    async run(_, { chat, say }) {
      const applied = await chat.apply()
      say(`Applied:\n${applied.map((line) => `  ${escapeLine(line)}`).join('\n')}\nTake it back: local-brain undo`)
    },
  },
  {
    names: ['/save'],
    takes: '<file>',
    help: 'the conversation as Markdown',
    isPersonal: true,
    async run(argument, { chat, cwd, say }) {
      if (argument === '')
        throw new LocalBrainError('usage', '/save needs the name of a file', { hint: '/save chat.md' })
      await save(resolve(cwd, argument), chat.messages)
      say(`Saved: ${escapeLine(argument)}`)
    },
  },
]

/** A line such as `/undo`; what only looks like one, such as `/usr/bin`, is not. */
export function commandIn(line: string): { name: string; argument: string } | undefined {
  const [, name, argument = ''] = /^(\/(?:[a-z]+|\?))(?:\s+(.*))?$/i.exec(line.trim()) ?? []
  return name === undefined ? undefined : { name: name.toLowerCase(), argument: argument.trim() }
}

export function findCommand(name: string): Command {
  const found = commands.find(({ names }) => names.includes(name))
  if (found !== undefined) return found
  const names = commands.flatMap((one) => one.names)
  throw new LocalBrainError('usage', `There is no command ${escapeLine(name)}; ${suggestion(name, names)}`, {
    hint: '/help',
  })
}

/** Two columns, or on a narrow terminal a help that is long below its name. */
function helpText(columns: number): string {
  const lines = commands.map(({ names, takes = '', help }): [string, string] => [
    `${names.join(' ')} ${takes}`.trim(),
    help,
  ])
  const also: [string, string][] = [
    ['@path', 'adds a file or the list of a folder to the message; Tab completes it'],
    ['!command', 'runs a command of yours in the sandbox and adds what it prints'],
    ['\\ at the end', 'the message goes on in the next line; so does what stands between two lines of """'],
    ['Ctrl-C', 'stops the model or a command; clears the line; twice on an empty line quits'],
  ]
  const width = Math.max(...[...lines, ...also].map(([left]) => left.length))
  return [...lines, ...also]
    .map(([left, right]) => wrapBehind(`  ${left.padEnd(width)}  `, right, columns - 1))
    .join('\n')
}

function levelOf(word: string): Access {
  const level = levels[word.toLowerCase()]
  if (level !== undefined) return level
  throw new LocalBrainError('usage', `"${escapeLine(word)}" is not one of write, run and none`, {
    hint: '/allow write',
  })
}

const allowedWords: Readonly<Record<Access, string>> = {
  read: 'reads; asks before it changes a file or runs a command',
  write: 'reads and changes files; asks before it runs a command',
  run: 'reads, changes files and runs commands',
}

/** `access`: the most that is offered here, with consent or without; where nobody can be asked no more than is allowed. */
function allowedLine({ allowed, access }: ChatStatus): string {
  return `Allowed: ${access === 'read' ? 'reads, and nothing else' : allowedWords[allowed]}`
}

function sandboxLine({ access, sandbox, network }: ChatStatus): string {
  if (access !== 'run') return 'Sandbox: not needed, since no commands are run'
  if (sandbox === null) return 'Sandbox: none'
  return `Sandbox: ${escapeLine(sandbox)}, ${network ? 'with network' : 'no network'}`
}

function statusText(status: ChatStatus): string {
  const { model, skill, window, used, root, scratch, session } = status
  const percent = Math.round((100 * used) / window)
  return [
    `Model:   ${escapeLine(model)}, skill ${escapeLine(skill)}`,
    `Window:  about ${used} of ${window} tokens (${percent} %); shortened at 70 %`,
    allowedLine(status),
    sandboxLine(status),
    `Folder:  ${escapeLine(root)}${scratch ? ', in a copy: /apply takes the changes over' : ''}`,
    `Session: ${session === null ? 'not kept' : session === '' ? 'kept from the first message on' : session}`,
  ].join('\n')
}

async function listAll({ chat, paths, say }: Around): Promise<void> {
  const all = await savedSessions({ paths }, chat.status().root)
  if (all.length === 0) return say('There are no sessions of this folder')
  const lines = all.slice(0, 20).map(({ id, title }) => `  ${escapeLine(id)}  ${escapeLine(title.slice(0, 60))}`)
  say(`${lines.join('\n')}\n/resume <id> continues one; its last four characters will do`)
}

async function resume(id: string, { chat, paths, agree, say }: Around): Promise<void> {
  const { root } = chat.status()
  const found = await openSaved({ paths }, root, id, '/resume lists the sessions of this folder')
  const other = found.from === 'session' ? found.session.header.root : root
  // guard: other-folder
  if (other !== root && !(await agree(`That session is about ${escapeLine(other)}. Continue it here?`))) return
  await chat.resume(found)
  const asked = chat.messages.filter(({ role }) => role === 'user').length
  say(`Continued: ${asked} message${asked === 1 ? '' : 's'}`)
}

/** Markdown to read. What a tool returned is left out: it is in the files. */
async function save(file: string, messages: readonly Message[]): Promise<void> {
  const parts = messages.flatMap((message) => {
    if (message.role === 'user') return [`## You\n\n${message.content}`]
    if (message.role !== 'assistant') return []
    const calls = message.toolCalls.map(({ name }) => `*(called ${name})*`).join('\n\n')
    return [`## local-brain\n\n${[message.content, calls].filter((part) => part !== '').join('\n\n')}`]
  })
  try {
    // guard: saved-secrets
    await writeFile(file, `${escapeProse(redactSecrets(parts.join('\n\n')))}\n`, { flag: 'wx' })
  } catch (cause) {
    throw new LocalBrainError('output', `The conversation could not be saved: ${writingWords(cause)}`, {
      hint: '/save <another file>',
      cause,
    })
  }
}
