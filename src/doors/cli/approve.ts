import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { type Approve, type PersonAnswer, type Question, commandPrefix } from '../../core/permission.ts'
import { escapeLine, escapeText } from '../../text/escape.ts'
import { displayWidth } from '../../text/width.ts'
import { wrapBehind } from '../../text/wrap.ts'
import type { Paint } from './terminal.ts'

/** Lines of a preview that are shown at once; `d` shows the rest. */
const maxShown = 40

/** Where a person can be asked. */
export type Asking = {
  /** Read line by line, or what reads lines from it already. */
  input: Readable | Lines
  output: Writable & { columns?: number }
  paint: Paint
  /** Keeps everything else from being written until `resume`. */
  pause: () => void
  resume: () => void
}

export type Approval = {
  approve: Approve
  /** Lets go of the input, which would keep the program from ending. */
  close: () => void
}

/**
 * Asks a person on a terminal about one call at a time. Waits as long as it takes; an input that ends says no. Rejects
 * with the signal's reason when aborted.
 */
export function createApproval(asking: Asking): Approval {
  const lines = 'next' in asking.input ? asking.input : createLines(asking.input)
  let last: Promise<unknown> = Promise.resolve()
  return {
    approve(question, signal) {
      const answer = last.then(async () => ask(question, signal, { ...asking, lines }))
      last = answer.catch(() => undefined)
      return answer
    },
    close: () => lines.close(),
  }
}

type Context = Asking & { lines: Lines }

async function ask(question: Question, signal: AbortSignal, context: Context): Promise<PersonAnswer> {
  context.pause()
  const prompt = async (text: string) => context.lines.next(signal, () => context.output.write(text), text)
  try {
    show(question, context, maxShown)
    for (;;) {
      const line = await prompt(choices(question, context.output.columns || 80))
      const answer = line === undefined ? 'no' : answerOf(line.trim(), question)
      if (answer === 'why') return { no: (await prompt('why not: ')) ?? '' }
      if (answer === 'diff') show(question, context, Number.POSITIVE_INFINITY)
      else if (answer !== undefined) return answer
    }
  } finally {
    context.resume()
  }
}

function answerOf(line: string, question: Question): PersonAnswer | 'why' | 'diff' | undefined {
  if (line === 'A' && prefixOf(question) !== undefined) return 'always-like'
  switch (line.toLowerCase()) {
    case 'y':
    case 'yes':
      return 'yes'
    case 'a':
    case 'always':
      return isSingular(question) ? undefined : 'always'
    // Anything but a clear yes is a no.
    case '':
    case 'n':
    case 'no':
      return 'no'
    case 'd':
    case 'diff':
      return 'diff'
    case 'e':
      return 'why'
    case 'q':
    case 'quit':
      return 'quit'
    default:
      return undefined
  }
}

/** The words that `A` allows from now on. */
function prefixOf(question: Question): string | undefined {
  return question.access === 'run' && !isSingular(question) ? commandPrefix(question.call) : undefined
}

/** Always asked about, so that there is no always. */
function isSingular({ sensitive, overLimit }: Question): boolean {
  return sensitive !== undefined || overLimit !== undefined
}

/** The answers, in lines that fit; none is broken. */
function choices(question: Question, columns: number): string {
  const prefix = prefixOf(question)
  const like = prefix === undefined ? [] : [`[A]lways "${escapeLine(prefix)} …"`]
  const always = question.access === 'run' ? ['[a]lways this command', ...like] : ['[a]lways in this session']
  const answers = ['[y]es', ...(isSingular(question) ? [] : always), '[n]o', '[d]iff', '[e]xplain why not', '[q]uit']
  let line = ''
  let above = ''
  // The answer is typed behind the last one.
  for (const answer of [...answers, '(n)']) {
    const longer = line === '' ? answer : `${line}  ${answer}`
    if (displayWidth(longer) > columns - 3 && line !== '') {
      above += `${line}\n`
      line = answer
    } else line = longer
  }
  return `${above}${line} `
}

function show(question: Question, { output, paint }: Context, max: number): void {
  const { call, preview = '', sensitive, overLimit } = question
  const columns = output.columns || 80
  const bold = (text: string) => `${paint.open('bold')}${text}${paint.close('bold')}`
  const warn = (text: string) =>
    `${paint.open('yellow')}${wrapBehind('! ', escapeLine(text), columns)}${paint.close('yellow')}`
  const lines = escapeText(preview).split('\n')
  const left = lines.length - max
  const shown = [
    // guard: visible-question
    bold(escapeLine(`${call.name} ${placeOf(call.arguments)}`)),
    ...lines
      .slice(0, max)
      .map((line, at) =>
        at > 0 && at === lines.length - 1 && saysWhere(line, question)
          ? wrapBehind(' ', line, columns)
          : ` ${colored(line, paint)}`,
      ),
    ...(left > 0 ? [` (${left} more lines: d shows them)`] : []),
    ...(sensitive === undefined ? [] : [warn(`${sensitive}, so it is asked about whatever is allowed`)]),
    ...(overLimit === undefined ? [] : [warn(overLimit)]),
  ]
  output.write(`${shown.join('\n')}\n`)
}

/** The last line of a command's preview, which says where it would run. The lines above it are shown as they are. */
function saysWhere(line: string, { access }: Question): boolean {
  return access === 'run' && /^in .* · /.test(line)
}

function placeOf(args: Record<string, unknown>): string {
  const value = args['path'] ?? args['from'] ?? args['command'] ?? ''
  return typeof value === 'string' ? value : ''
}

function colored(line: string, paint: Paint): string {
  const style = line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : undefined
  return style === undefined ? line : `${paint.open(style)}${line}${paint.close(style)}`
}

export type Lines = {
  /**
   * `ask` writes the question, once a line can be read; `text` is the same question for whoever writes it otherwise.
   * Undefined when the input has ended. Rejects when aborted.
   */
  next(signal: AbortSignal, ask: () => void, text: string): Promise<string | undefined>
  close(): void
}

/** Reads lines once they are asked for: what was typed before a question is no answer to it. */
function createLines(input: Readable): Lines {
  let reader: ReturnType<typeof createInterface> | undefined
  let isOver = false
  return {
    next(signal, ask) {
      signal.throwIfAborted()
      if (isOver) return Promise.resolve(undefined)
      reader ??= createInterface({ input, terminal: false }).on('close', () => (isOver = true))
      const lines = reader
      return new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          lines.removeListener('line', answered).removeListener('close', ended)
          signal.removeEventListener('abort', aborted)
          act()
        }
        const answered = (line: string) => settle(() => resolve(line))
        const ended = () => settle(() => resolve(undefined))
        const aborted = () => settle(() => reject(signal.reason as Error))
        lines.on('line', answered).on('close', ended)
        signal.addEventListener('abort', aborted)
        ask()
      })
    },
    close: () => reader?.close(),
  }
}
