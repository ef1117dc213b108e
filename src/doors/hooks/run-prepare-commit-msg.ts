import { chmod, readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Prepared, prepareBy } from '../../app/prepare.ts'
import { type RunRequest, defaultTimeout } from '../../app/request.ts'
import { runPrepared } from '../../app/ask.ts'
import type { Emit } from '../../core/events.ts'
import { type Deadline, type Watch, startDeadline } from '../../core/deadline.ts'
import { LocalBrainError } from '../../errors.ts'
import { readToEnd } from '../../input/index.ts'
import { linesOf } from '../../input/unit.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { fields } from '../../tasks/fields.ts'
import { type MessageFields, composeMessage } from './compose-message.ts'
import { messageInputs, messageSchema } from './message-prompt.ts'
import { findMessageRules } from './message-rules.ts'
import { findHookPlace, isReplaying } from './repository-state.ts'
import { type HookOutcome, silent } from './review-changes.ts'
import type { HookRun } from './run-pre-commit.ts'

/** What git passes: the file, and the source of its message, which is empty when a person is about to write it. */
export type MessageCall = { file: string; source: string }

/** Tokens of the four fields. */
const replyTokens = 300

/**
 * Adds a message to a message file that waits for one. In every other case, and at the slightest doubt, leaves the file
 * alone. Rejects when there is no model; the commit must go on nevertheless.
 */
export async function runPrepareCommitMsg(
  { request, signal, emit, watch, since }: Omit<HookRun, 'policy' | 'layOut'>,
  { file, source }: MessageCall,
): Promise<HookOutcome> {
  const { cwd, environment } = request
  if (source !== '' || environment['GIT_EDITOR'] === ':') return silent
  const path = resolve(cwd, file)
  const before = await readFile(path, 'utf8')
  const comment = waitingComment(before)
  const place = comment === undefined ? undefined : await findHookPlace(cwd, environment)
  if (comment === undefined || place === undefined || isReplaying(place.folder, environment)) return silent
  const work = { files: [], diff: {}, prompt: '' }
  const keepAlive = request.model?.keepAlive ?? '30m'
  const loadedOnly = request.model?.loadedOnly ?? true
  const model = { ...request.model, keepAlive, think: false as const, loadedOnly }
  const deadline = startDeadline(request.limits?.timeout ?? defaultTimeout, signal, since, watch)
  const wanted = { ...request, root: place.top, skill: 'commit-message', work, model, hook: true }
  const message = await messageFor(wanted, { deadline, emit, watch, comment }).finally(deadline.clear)
  if (message === nothing) return silent
  if (message === undefined || (await readFile(path, 'utf8')) !== before) {
    return { lines: ['local-brain: no trustworthy message; the file was not changed'], exitCode: 0 }
  }
  const { mode } = await stat(path)
  await writeAtomic(path, insertMessage(before, message))
  await chmod(path, mode & 0o777)
  return silent
}

/** There is nothing to say, because all changes are left out by rule. */
const nothing = ''

type Writing = { deadline: Deadline; emit: Emit; watch?: Watch; comment: string }

async function messageFor(request: RunRequest, writing: Writing): Promise<string | undefined> {
  const { deadline, emit } = writing
  const prepared = await prepareBy(deadline, request, { signal: deadline.signal, emit })
  try {
    return await writeMessage(prepared, writing)
  } finally {
    await prepared.session.close()
  }
}

async function writeMessage(
  prepared: Prepared,
  { deadline, emit, watch, comment }: Writing,
): Promise<string | undefined> {
  const { session, gathered } = prepared
  const { git } = session.workspace
  if (prepared.nothing !== undefined || git === null) return nothing
  const rules = await findMessageRules(session.workspace, git)
  if (rules === undefined) return undefined
  await readToEnd(prepared)
  const asking = { ...prepared, task: fields(messageSchema(rules), replyTokens), vars: messageInputs(gathered, rules) }
  const context = { signal: deadline.signal, watch, emit, deadline, started: Date.now() }
  const { answer, error } = await runPrepared(asking, context)
  if (error !== undefined && error.code !== 'unusable') {
    throw new LocalBrainError(error.code as LocalBrainError['code'], error.message, { hint: error.hint })
  }
  if (answer === '') return undefined
  const paths = [...new Set([...gathered.units, ...gathered.skipped].map((part) => part.path))]
  const changedLines = gathered.units.flatMap((unit) => linesOf(unit)).filter(({ kind }) => kind !== 'context').length
  const text = [gathered.branch, ...paths, gathered.diff].join('\n')
  return composeMessage(JSON.parse(answer) as MessageFields, { paths, text, changedLines, comment }, rules)
}

const trailer = /^[A-Za-z][A-Za-z0-9-]*: \S/
const scissors = / -+ >8 -+$/

/** What git takes for a comment unless it says otherwise. */
const usualComment = '#'

/**
 * The comment character of a message file that waits for its message: it has only trailers, comments and what follows
 * the scissors; with commit.status=false it has no comments. Undefined for any other file.
 */
function waitingComment(text: string): string | undefined {
  let comment: string | undefined
  for (const line of text.split('\n')) {
    if (line === '' || (comment === undefined && trailer.test(line))) continue
    comment ??= /^([^\w\s]+)(?=[\s]|$)/.exec(line)?.[1]
    if (comment === undefined || !line.startsWith(comment)) return undefined
    if (scissors.test(line)) return comment
  }
  return comment ?? usualComment
}

/** Adds a message at the top of the file and keeps everything else. */
function insertMessage(text: string, message: string): string {
  return `${message}\n\n${text.replace(/^\n+/, '')}`
}
