import { type AgentEvent, type Emit, countUnits } from '../../core/events.ts'
import type { LocalBrainError } from '../../errors.ts'
import { exitWords } from '../../text/exit-words.ts'
import { redactAll, redactSecrets } from '../../text/redact.ts'
import { clipLine } from '../../text/clip.ts'
import { escapeLine, escapeProse, escapeProseLine, safeJson } from '../../text/escape.ts'
import { clipWidth, displayWidth } from '../../text/width.ts'
import type { Shown } from './flags.ts'
import { startHeartbeat } from './heartbeat.ts'
import type { LiveAnswer } from './live-answer.ts'
import { createLog } from './log-file.ts'
import { show } from './output.ts'
import { type Settings, isOnRunner } from './settings.ts'
import { type StatusLine, createStatusLine } from './status-line.ts'
import { canRedraw, createPaint, useColor, wrapped } from './terminal.ts'
import { createWaiting } from './waiting.ts'

export type Progress = {
  emit: Emit
  /** Keeps the terminal still until `resume`. */
  pause: () => void
  resume: () => void
  /** The answer was written to the terminal while it came. */
  streamed: () => boolean
  /** The warnings that were said. */
  warned: ReadonlySet<string>
  /** Resolves with what kept the log from being written. May be called again. */
  close: () => Promise<LocalBrainError | undefined>
}

/** Shows a run while it happens: tool calls as lines, a status line and the growing answer on a terminal, events in the log. */
export async function createProgress(shown: Shown, settings: Settings): Promise<Progress> {
  const log = await createLog(shown)
  const quiet = shown.quiet === true || (shown.format === 'compact' && shown.verbose !== true)
  const waiting = createWaiting()
  const status = createStatusLine(process.stderr, waiting, quiet || isOnRunner() || !canRedraw(process.stderr))
  const paint = createPaint(useColor(process.stderr, settings.color))
  const live = isLive(shown)
  const answer = live ? await liveAnswer(settings, status) : noLiveAnswer
  const warned = new Set<string>()
  let thought = ''
  const say = (text: string) => {
    status.hide()
    answer.endLine()
    show(process.stderr, `${paint.open('dim')}${text}${paint.close('dim')}\n`)
  }
  const endHeartbeat = quiet || canRedraw(process.stderr) ? () => undefined : startHeartbeat(waiting, say)
  // It comes word by word and is shown as one block, once something else happens.
  const sayThought = () => {
    if (thought.trim() !== '') say(thoughtBlock(thought))
    thought = ''
  }
  const emit = (told: AgentEvent) => {
    log.write(told)
    if (told.type === 'thinking' && shown.verbose === true && !quiet) thought += told.text
    else if (told.type !== 'waiting') sayThought()
    // guard: shown-secrets
    const event = redactAll(told)
    waiting.note(event)
    if (answer.take(told)) return
    if (goesOn.has(event.type)) {
      answer.endLine()
      status.resume()
    }
    if (quiet) return
    if (event.type === 'warning') warned.add(event.message)
    const text = lineFor(event, { verbose: shown.verbose === true, live })
    if (text !== undefined) say(text)
  }
  const close = once(() => {
    sayThought()
    endHeartbeat()
    status.stop()
    answer.end()
    return log.close()
  })
  return { ...status, emit, warned, streamed: answer.streamed, close }
}

/** Whether the answer is written to the terminal while it comes. */
function isLive({ format, output, events }: Shown): boolean {
  return process.stdout.isTTY && format === 'markdown' && output === undefined && events !== true
}

/** In place of an answer that is only shown once it is whole. */
const noLiveAnswer: LiveAnswer = {
  take: () => false,
  endLine: () => undefined,
  streamed: () => false,
  end: () => undefined,
}

async function liveAnswer({ color }: Settings, { giveWay, resume }: StatusLine): Promise<LiveAnswer> {
  const { createLiveAnswer } = await import('./live-answer.ts')
  const screen = { color: useColor(process.stdout, color), columns: process.stdout.columns || undefined }
  return createLiveAnswer({ ...screen, beforeWriting: giveWay, waiting: resume })
}

/** On a terminal this is one line, whatever the names in it: what is too long gives way to how it ended. */
function oneLine(what: string, how: string, verbose: boolean): string {
  const { isTTY, columns } = process.stderr
  const room = (columns || 80) - displayWidth(how) - 1
  return `${isTTY && !verbose ? clipWidth(what, Math.max(1, room)) : what} ${how}`
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** After one of these the text on the terminal is not the end: there is something to wait for again. */
const goesOn: ReadonlySet<AgentEvent['type']> = new Set([
  'tool_start',
  'turn_start',
  'retry',
  'withdrawn',
  'unit_start',
  'round_start',
  'command_start',
  'check_start',
])

function thoughtBlock(text: string): string {
  // guard: thought-secrets
  const lines = escapeProse(redactSecrets(text.trim())).split('\n')
  return ['… thinking:', ...lines.map((line) => said('  ', line))].join('\n')
}

const maxArgumentChars = 120

/** What an event says in one line; most say nothing unless everything was asked for. */
function lineFor(event: AgentEvent, { verbose, live }: { verbose: boolean; live: boolean }): string | undefined {
  switch (event.type) {
    case 'command_end':
      return event.approvedBy === 'check' && !verbose ? undefined : commandLine(event, verbose)
    case 'tool_end': {
      // The line of the command says it.
      if (event.name === 'run_command' && event.ok && !verbose) return undefined
      const size = `${event.result.length} chars, ${Math.round(event.ms)} ms`
      const failed = event.ok ? '' : ', error'
      const form = event.recovered ? ', recovered from text' : ''
      const what = verbose ? safeJson(event.arguments, 0) : mainArgument(event.arguments)
      // guard: visible-tool-name
      return oneLine(`→ ${escapeLine(event.name)} ${what}`.trimEnd(), `(${size}${failed}${form})`, verbose)
    }
    case 'round_start':
      return event.of > 1 ? `round ${event.round} of ${event.of}` : undefined
    case 'round_end':
      // A warning says what a round without a call was.
      return event.calls === 0 ? undefined : roundLine(event)
    case 'check_end':
      return checkLine(event, verbose)
    case 'warning':
      return said('! ', escapeLine(event.message))
    case 'compact': {
      const how = event.notes === undefined ? 'older tool results gave way' : 'the conversation was shortened to notes'
      return said('~ ', `${how}: ${event.before} → ${event.after} tokens`)
    }
    case 'retry':
      return verbose ? said('~ ', `again (${event.attempt}): ${escapeLine(event.reason)}`) : undefined
    case 'finding':
      // Elsewhere, or on the same screen, the report says it all.
      return process.stderr.isTTY && !live
        ? said('', `${event.severity} ${escapeLine(event.path)}:${event.line} ${escapeProseLine(event.title)}`)
        : undefined
    case 'unit_end':
      return verbose
        ? detail(`${event.unit} of ${countUnits(event)} ${escapeLine(event.label)} (${event.ms} ms)`)
        : undefined
    case 'turn_end':
      return verbose ? turnLine(event) : undefined
    case 'run_end':
      return verbose ? runLine(event) : undefined
    default:
      return undefined
  }
}

function roundLine({ round, files, ms }: Extract<AgentEvent, { type: 'round_end' }>): string {
  return said(
    '',
    `round ${round}: ${files === 1 ? '1 file' : `${files} files`} changed so far (${(ms / 1000).toFixed(1)} s)`,
  )
}

function checkLine(event: Extract<AgentEvent, { type: 'check_end' }>, verbose: boolean): string {
  const { name, when, state, exitCode, ms } = event
  const words = {
    ok: when === 'before' ? 'holds' : 'holds now',
    failed: `fails (${exitWords(exitCode)})`,
    empty: 'tests nothing',
    not_run: 'was cut off',
  }
  const how = `${words[state]} (${(ms / 1000).toFixed(1)} s)`
  return oneLine(`${state === 'ok' ? '✓' : '✗'} ${escapeLine(name)}`, how, verbose)
}

function commandLine(event: Extract<AgentEvent, { type: 'command_end' }>, verbose: boolean): string {
  const { command, exitCode, signal, ms, reason } = event
  const ends = { timeout: 'took too long', output: 'printed too much', interrupted: 'interrupted' }
  const how =
    reason === undefined ? (exitCode === null ? `ended by ${signal ?? 'a signal'}` : `exit ${exitCode}`) : ends[reason]
  const line = clipLine(escapeLine(command), maxArgumentChars)
  return oneLine(`$ ${line}`, `(${how}, ${(ms / 1000).toFixed(1)} s)`, verbose)
}

function mainArgument(args: Record<string, unknown>): string {
  const value = args['path'] ?? args['pattern'] ?? args['revision'] ?? args['base'] ?? Object.values(args)[0] ?? ''
  return escapeLine(typeof value === 'string' ? value : JSON.stringify(value)).slice(0, maxArgumentChars)
}

function turnLine({ turn, usage }: Extract<AgentEvent, { type: 'turn_end' }>): string {
  const { promptTokens, outputTokens, loadMs, promptMs, outputMs } = usage
  const written = `${outputTokens} written in ${Math.round(outputMs)} ms, load ${Math.round(loadMs)} ms`
  return detail(`turn ${turn}: ${promptTokens} tokens read in ${Math.round(promptMs)} ms, ${written}`)
}

/**
 * Where the time of a run went. What the server does not count as its own is ours: reading, tools, the connection. It
 * counts nothing for a reply that was cut off, so that is what the wait for it took.
 */
function runLine({ ms, usage, cutMs }: Extract<AgentEvent, { type: 'run_end' }>): string {
  const { loadMs, promptMs, outputMs } = usage
  const ours = Math.max(0, Math.round(ms - loadMs - promptMs - outputMs - cutMs))
  const cut = cutMs === 0 ? '' : `, replies that were cut off ${Math.round(cutMs)}`
  const theirs = `load ${Math.round(loadMs)}, prompt ${Math.round(promptMs)}, answer ${Math.round(outputMs)}`
  return detail(`${ms} ms: ours ${ours}, ${theirs}${cut}`)
}

/** Words, broken between them where the terminal is too narrow. */
function said(head: string, text: string): string {
  return wrapped(head, text, process.stderr)
}

/** What only somebody wants to know who asked for it. */
function detail(text: string): string {
  return said('· ', text)
}
