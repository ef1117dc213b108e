import { join } from 'node:path'
import { type Chat, type ChatSessionContext, type ChatSessionRequest, openChat } from '../../app/chat/chat.ts'
import type { Found } from '../../app/chat/resume.ts'
import { LocalBrainError } from '../../errors.ts'
import { escapeLine } from '../../text/escape.ts'
import { type Approval, createApproval } from '../cli/approve.ts'
import { failureEnd } from '../cli/failure.ts'
import type { Shown } from '../cli/flags.ts'
import { renderForScreen } from '../cli/markdown.ts'
import { show } from '../cli/output.ts'
import { paintPatch } from '../cli/patch.ts'
import type { Settings } from '../cli/settings.ts'
import { canRedraw, createPaint, useColor, wrapped } from '../cli/terminal.ts'
import { wrapBehind } from '../../text/wrap.ts'
import { type Around, commandIn, commands, findCommand } from './commands.ts'
import { createComplete } from './complete.ts'
import { type LineEditor, type Message, createLineEditor } from './editor.ts'
import { type History, openHistory } from './history.ts'
import { readKeys } from './keys.ts'
import { type Listening, createListening } from './listen.ts'
import { afterTurn, farewell, greeting, statusLine } from './show.ts'

export type Talking = {
  request: ChatSessionRequest
  context: Omit<ChatSessionContext, 'emit' | 'approve'>
  shown: Shown
  settings: Settings
  /** What to continue from. */
  from?: Found | undefined
  /** The first message. */
  first?: string | undefined
  /** End after it. */
  once?: boolean
}

type Terminal = {
  talking: Talking
  chat: Chat
  editor: LineEditor
  listening: Listening
  history: History
  /** Of the work of the moment. */
  work: AbortController | undefined
  code: number
}

const interrupted = new LocalBrainError('interrupted', 'Interrupted')

/** A chat on a terminal. Resolves with the exit code. */
export async function talkOnTerminal(talking: Talking): Promise<number> {
  const { request, context, shown, settings, from } = talking
  const terminal: Partial<Terminal> = { talking, code: 0 }
  const interrupt = () => terminal.work?.abort(interrupted)
  const steer = (codes: string) => {
    if (canRedraw(process.stdout)) show(process.stdout, codes)
  }
  const keys = readKeys(process.stdin, steer, interrupt)
  const history = await openHistory(join(settings.paths.state, 'chat-history'))
  const complete = createComplete({ paths: async (folder) => terminal.chat?.paths(folder) ?? [] }, commands)
  const editor = createLineEditor({ keys, output: process.stdout, history, complete, say, interrupt })
  const listening = createListening(shown, settings, say)
  const approval = approvalOn(editor, listening, talking)
  context.signal.addEventListener('abort', interrupt)
  try {
    const asking = { ...context, emit: listening.emit, approve: approval?.approve }
    terminal.chat = (await listening.during(async () => openChat(request, asking))).result
    const all = Object.assign(terminal, { editor, listening, history }) as Terminal
    return await conversation(all, from)
  } finally {
    editor.close()
    await history.save()
    const unkept = await terminal.chat?.close()
    if (unkept !== undefined)
      say(wrapped('! ', `the conversation could not be kept: ${escapeLine(unkept)}`, process.stderr))
  }
}

/** Messages for the person, beside the answers. */
function say(text: string): void {
  if (text !== '') show(process.stderr, `${text}\n`)
}

/** Each line broken between words where the terminal is too narrow; what follows a label goes on below where it began. */
function fitted(text: string): string {
  return text.replaceAll(/^( *(?:\w+: +)?)(.+)$/gm, (_, head: string, line: string) =>
    wrapped(head, line, process.stderr),
  )
}

function approvalOn(editor: LineEditor, listening: Listening, { shown, settings }: Talking): Approval | undefined {
  // guard: chat-no-ask
  if (shown.ask === false) return undefined
  return createApproval({
    input: editor.lines,
    output: process.stderr,
    paint: createPaint(useColor(process.stderr, settings.color)),
    pause: () => listening.progress()?.pause(),
    resume: () => listening.progress()?.resume(),
  })
}

async function conversation(terminal: Terminal, from: Found | undefined): Promise<number> {
  const { chat, talking, editor } = terminal
  const { first, once = false, shown } = talking
  if (from !== undefined) await chat.resume(from)
  const before = from === undefined ? [] : chat.messages
  if (shown.quiet !== true && !once) say(greeting(chat.status(), before, process.stderr.columns || 80))
  for (const warning of chat.warnings) say(wrapped('! ', escapeLine(warning), process.stderr))
  if (first !== undefined) await answer({ text: first, isLine: false }, terminal)
  if (once) return terminal.code
  while (!talking.context.signal.aborted) {
    if (shown.quiet !== true) say(dim(statusLine(chat.status(), process.stdout.columns || 80), talking))
    const read = await editor.read()
    if (read === 'quit') return 130
    if (read === 'end' || (await answer(read, terminal)) === 'quit') break
  }
  const last = shown.quiet === true ? undefined : farewell(chat)
  if (last !== undefined) say(wrapped('', last, process.stderr))
  return 0
}

function dim(text: string, { settings }: Talking): string {
  const paint = createPaint(useColor(process.stderr, settings.color))
  return `${paint.open('dim')}${text}${paint.close('dim')}`
}

/** Does what a message asks for. A failure is said, and the chat goes on. */
async function answer(message: Message, terminal: Terminal): Promise<'quit' | void> {
  const { text, isLine } = message
  const command = isLine ? commandIn(text) : undefined
  try {
    if (command !== undefined) return await findCommand(command.name).run(command.argument, around(terminal))
    if (isLine && text.startsWith('!')) await runOwn(text.slice(1).trim(), terminal)
    else await turn(terminal, async (chat, signal) => chat.send(text, { signal }))
  } catch (error) {
    const { err, code } = failureEnd(error, { debug: terminal.talking.settings.debug })
    terminal.code = code
    show(process.stderr, err)
  }
}

async function runOwn(command: string, terminal: Terminal): Promise<void> {
  if (command === '') throw new LocalBrainError('usage', '! needs a command', { hint: '!git status' })
  const printed = await working(terminal, async (signal) => terminal.chat.run(command, signal))
  // How it ended was said when it did, unless nothing is said on the way.
  say(terminal.talking.shown.quiet === true ? printed : printed.replace(/\n?\[[^\n]*\]$/, ''))
}

async function turn(
  terminal: Terminal,
  send: (chat: Chat, signal: AbortSignal) => ReturnType<Chat['send']>,
): Promise<void> {
  const { chat, listening, talking } = terminal
  const stop = new AbortController()
  terminal.work = stop
  try {
    const { result, streamed } = await listening.during(async () => send(chat, stop.signal))
    terminal.code = result.exitCode
    const color = useColor(process.stdout, talking.settings.color)
    const screen = { color, columns: process.stdout.columns || undefined }
    show(process.stdout, streamed ? '\n' : `${await renderForScreen(result.text, screen)}\n`)
    for (const line of afterTurn(result)) say(wrapped('', line, process.stderr))
  } finally {
    terminal.work = undefined
  }
}

async function working<T>(terminal: Terminal, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  terminal.work = stop
  try {
    return (await terminal.listening.during(async () => act(stop.signal))).result
  } finally {
    terminal.work = undefined
  }
}

function around(terminal: Terminal): Around {
  const { chat, talking, editor } = terminal
  const { cwd, paths, color } = talking.settings
  return {
    chat,
    cwd,
    paths,
    say: (text) => say(fitted(text)),
    columns: process.stderr.columns || 80,
    showPatch: (patch) => show(process.stdout, `${paintPatch(Buffer.from(patch), useColor(process.stdout, color))}\n`),
    agree: async (question) => {
      // With room for the answer.
      const asked = wrapBehind('', `${question} [y]es [n]o (n)`, (process.stderr.columns || 80) - 4)
      const line = await editor.lines.next(new AbortController().signal, () => undefined, `${asked} `)
      return /^y(?:es)?$/i.test(line?.trim() ?? '')
    },
    working: async (act) => working(terminal, act),
    retry: async () => turn(terminal, async (one, signal) => one.retry({ signal })),
  }
}
