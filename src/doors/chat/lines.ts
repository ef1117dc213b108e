import { StringDecoder } from 'node:string_decoder'
import type { Readable } from 'node:stream'
import { type Chat, openChat } from '../../app/chat/chat.ts'
import type { Turn } from '../../app/chat/turn.ts'
import { LocalBrainError } from '../../errors.ts'
import { escapeLine } from '../../text/escape.ts'
import { neutralMarkdown } from '../../text/neutral-markdown.ts'
import { failureEnd } from '../cli/failure.ts'
import { show, writeErr, writeOut } from '../cli/output.ts'
import { type Around, commandIn, findCommand } from './commands.ts'
import { type Listening, createListening } from './listen.ts'
import { afterTurn } from './show.ts'
import type { Talking } from './talk.ts'
import { wrapped } from '../cli/terminal.ts'

/**
 * A chat without a terminal: each line of standard input is a message, answers go to standard output, and nothing is
 * asked. Resolves with the exit code of the worst turn.
 */
export async function talkInLines(talking: Talking, input: Readable): Promise<number> {
  const { request, context, shown, settings, from, first, once = false } = talking
  const say = (text: string) => show(process.stderr, `${text}\n`)
  const listening = createListening(shown, settings, say)
  const chat = (await listening.during(async () => openChat(request, { ...context, emit: listening.emit }))).result
  let worst = 0
  const answer = async (line: string): Promise<'quit' | void> => {
    try {
      const command = commandIn(line)
      if (command !== undefined) return await runCommand(command, { chat, talking, say, listening })
      const { result, streamed } = await listening.during(async () => chat.send(line))
      await deliver(result, streamed)
      worst = Math.max(worst, result.exitCode)
    } catch (error) {
      const { err, code } = failureEnd(error, { debug: settings.debug })
      worst = Math.max(worst, code)
      await writeErr(err)
    }
  }
  try {
    if (from !== undefined) await chat.resume(from)
    for (const warning of shown.quiet === true ? [] : chat.warnings)
      say(wrapped('! ', escapeLine(warning), process.stderr))
    if (first !== undefined) await answer(first)
    if (!once) for await (const line of linesOf(input, context.signal)) if ((await answer(line)) === 'quit') break
    return worst
  } finally {
    const unkept = await chat.close()
    if (unkept !== undefined)
      say(wrapped('! ', `the conversation could not be kept: ${escapeLine(unkept)}`, process.stderr))
  }
}

type InLines = { chat: Chat; talking: Talking; say: (text: string) => void; listening: Listening }

/** Commands that change consent, files or the disk are refused for a line that may come from anywhere. */
async function runCommand(
  { name, argument }: { name: string; argument: string },
  { chat, talking, say, listening }: InLines,
): Promise<'quit' | void> {
  const command = findCommand(name)
  // guard: personal-commands
  if (command.isPersonal === true) {
    throw new LocalBrainError('usage', `${name} needs a person at a terminal`, { hint: 'local-brain chat --help' })
  }
  const { cwd, paths } = talking.settings
  const around: Around = {
    columns: 80,
    chat,
    cwd,
    paths,
    say,
    showPatch: (patch) => void writeOut(Buffer.from(patch).toString('utf8')),
    agree: async () => false,
    working: async (act) => (await listening.during(async () => act(talking.context.signal))).result,
    retry: async () => {
      const { result, streamed } = await listening.during(async () => chat.retry())
      await deliver(result, streamed)
    },
  }
  return command.run(argument, around)
}

async function deliver(turn: Turn, streamed: boolean): Promise<void> {
  await writeOut(streamed ? '\n' : `${neutralMarkdown(turn.text).trimEnd()}\n`)
  await writeErr(
    afterTurn(turn)
      .map((line) => `${line}\n`)
      .join(''),
  )
}

/** Characters of a line that are kept: more than any message may have. */
const maxLine = 1024 * 1024

/** Each line that is not blank. What waits for input is said after a while. */
async function* linesOf(input: Readable, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  const waiting = setTimeout(() => void writeErr('note: reading messages from standard input, one a line\n'), 2000)
  const stop = () => input.destroy()
  signal.addEventListener('abort', stop)
  let held = ''
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      clearTimeout(waiting)
      const lines = (held + decoder.write(chunk)).split('\n')
      held = (lines.pop() ?? '').slice(0, maxLine)
      for (const line of lines) if (line.trim() !== '') yield line.replace(/\r$/, '')
    }
    if (held.trim() !== '') yield held
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    clearTimeout(waiting)
    signal.removeEventListener('abort', stop)
  }
}
