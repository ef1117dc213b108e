import { type Message, specOf } from '../../core/model.ts'
import { type Access, includes } from '../../core/access.ts'
import { LocalBrainError } from '../../errors.ts'
import { continueSession } from '../../store/sessions.ts'
import { openSession } from '../session.ts'
import { ownCommand } from './own-command.ts'
import type { Found } from './resume.ts'
import { sendMessage } from './send.ts'
import type { ChatSessionContext, ChatSessionRequest, SendOptions } from './request.ts'
import { type State, openConversation, openParts, openState, systemOf } from './state.ts'
import type { RecordedChange } from './recorded-change.ts'
import { beforeLastQuestion, readTranscript } from './transcript.ts'
import type { Turn } from './turn.ts'

export type { ChatSessionContext, ChatSessionRequest } from './request.ts'

export type ChatStatus = {
  model: string
  skill: string
  /** Tokens: the window, and how much of it the conversation takes, as far as is known. */
  window: number
  used: number
  /** What is allowed without asking, and the most that can be allowed. */
  allowed: Access
  access: Access
  sandbox: string | null
  network: boolean
  root: string
  scratch: boolean
  /** Null while nothing is kept. */
  session: string | null
}

/** A conversation about one folder. One turn at a time. Methods reject with LocalBrainError. */
export type Chat = {
  readonly messages: readonly Message[]
  /** What to know before the first message. */
  readonly warnings: readonly string[]
  status(): ChatStatus
  send(text: string, options?: SendOptions): Promise<Turn>
  /** Asks the last message again. */
  retry(options?: SendOptions): Promise<Turn>
  /** Runs a command of the person's own in the sandbox. What it prints goes before the next message too. */
  run(command: string, signal: AbortSignal): Promise<string>
  compact(signal: AbortSignal): Promise<void>
  /** Forgets the conversation and begins another session. */
  clear(): Promise<void>
  /** Takes back what the last turn changed. */
  undo(): Promise<readonly RecordedChange[]>
  /** All changes as a patch. */
  diff(): Promise<Uint8Array>
  /** What was changed and not taken back, one line for each file. */
  changed(): readonly string[]
  /** The files and folders right in a folder of the workspace. */
  paths(folder: string): Promise<readonly string[]>
  /** Of a chat in a copy: puts the changes into the folder itself, all or nothing. Returns one line for each file. */
  apply(): Promise<readonly string[]>
  allow(access: Access): void
  /** Another model goes on from notes of the conversation. */
  useModel(name: string, signal: AbortSignal): Promise<void>
  useSkill(name: string): Promise<void>
  /** Goes on with what was said before. */
  resume(found: Found): Promise<void>
  /** Resolves with why the conversation could not be kept. */
  close(): Promise<string | undefined>
}

/** Opens a chat: the folder, the skill and the model, which has to be there. */
export async function openChat(request: ChatSessionRequest, context: ChatSessionContext): Promise<Chat> {
  const state = await openState(request, context)
  return {
    get messages() {
      return state.conversation.messages
    },
    warnings: [...state.session.skill.warnings, ...(isAsAllowed(state) ? [] : state.session.warnings)],
    status: () => statusOf(state),
    send: async (text, options = {}) => sendMessage(state, text, options),
    retry: async (options = {}) => retry(state, options),
    run: async (command, signal) => ownCommand(state, command, signal),
    compact: async (signal) => state.conversation.compact(signal),
    clear: async () => clear(state),
    undo: async () => undo(state),
    diff: async () => state.steps.diff(),
    changed: () => state.steps.changed(),
    paths: async (under) => (await state.hands.workspace.list({ under, pattern: '*', folders: true })).paths,
    apply: async () => apply(state),
    allow: (access) => allow(state, access),
    useModel: async (name, signal) => useModel(state, name, signal),
    useSkill: async (name) => useSkill(state, name),
    resume: async (found) => resume(state, found),
    close: async () => close(state),
  }
}

/**
 * The chat does less than its skill could because the person allowed no more. The skill was not chosen, so what it might do
 * is no news.
 */
function isAsAllowed({ request, session }: State): boolean {
  const { skill, allow = 'read', noCommands } = request
  return skill === undefined && session.access !== 'run' && (noCommands === true || session.access === allow)
}

function statusOf({ model, session, conversation, tools, hands, request, file }: State): ChatStatus {
  const { commands, copy } = hands
  return {
    model: model.name,
    skill: session.skill.name,
    window: model.window,
    used: model.tokens(conversation.messages, tools.map(specOf)),
    allowed: session.consent?.allowed() ?? session.access,
    access: session.access,
    sandbox: commands?.sandbox ?? null,
    network: commands?.network ?? false,
    root: session.workspace.root,
    scratch: copy !== undefined,
    session: file?.id ?? (request.keep === true ? '' : null),
  }
}

async function retry(state: State, options: SendOptions): Promise<Turn> {
  const { conversation, recorder, unanswered } = state
  if (unanswered !== undefined) return sendMessage(state, unanswered.text, { ...options, asIs: unanswered.asIs })
  const last = conversation.messages.findLast(({ role }) => role === 'user')
  if (last === undefined) throw new LocalBrainError('usage', 'Nothing was asked yet', { hint: '/help' })
  recorder.add({ type: 'retry' })
  conversation.reset(beforeLastQuestion(conversation.messages))
  recorder.skip()
  return sendMessage(state, last.content, { ...options, asIs: true })
}

async function clear(state: State): Promise<void> {
  state.conversation.reset(await systemOf(state))
  state.recorder.skip()
  await state.file?.settled()
  state.file = undefined
  state.pending.length = 0
  state.unanswered = undefined
}

async function undo(state: State): Promise<readonly RecordedChange[]> {
  const undone = await state.steps.undo()
  const [first] = undone
  if (first?.step !== undefined) state.recorder.add({ type: 'undo', step: first.step })
  const paths = [...new Set(undone.map(({ path }) => path))]
  state.pending.push(`[The person took back your changes to ${paths.join(', ')}: they are as they were before]`)
  return undone
}

async function apply({ hands, conversation }: State): Promise<readonly string[]> {
  if (hands.copy === undefined) {
    throw new LocalBrainError('usage', 'The changes are in the folder already', { hint: 'local-brain chat --scratch' })
  }
  const asked = conversation.messages.findLast(({ role }) => role === 'user')?.content ?? 'chat'
  await hands.copy.keepToProposal()
  const { changes, error, proposal } = await hands.copy.finish(asked)
  if (error !== undefined) throw error
  if (proposal === null) throw new LocalBrainError('usage', 'There is nothing to apply', { hint: '/diff' })
  return changes.map(({ path, added, removed }) => `${path} (+${added} −${removed})`)
}

function allow({ session }: State, access: Access): void {
  if (session.consent === undefined) throw new LocalBrainError('usage', 'Something else decides about this chat')
  if (!includes(session.access, access)) {
    throw new LocalBrainError('usage', `Tools that ${access} are not offered in this chat`, {
      hint: session.warnings[0] ?? `local-brain chat --allow ${access}`,
    })
  }
  session.consent.allow(access)
}

async function useModel(state: State, name: string, signal: AbortSignal): Promise<void> {
  const { request, context, session, conversation } = state
  const other = { ...request, model: { ...request.model, name } }
  const asked = { ...other, skill: request.skill ?? 'chat', direct: true }
  const opened = await openSession(asked, { ...context, emit: state.hub.emit })
  try {
    const options = { temperature: 0.3, ...session.skill.options, ...request.model?.options }
    const model = await opened.model({ workBytes: 20_000, options })
    if (conversation.messages.some(({ role }) => role === 'user')) await conversation.compact(signal)
    state.replaced.push(opened)
    Object.assign(state, { request: other, model })
    goOn(state, state.conversation.messages)
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function useSkill(state: State, name: string): Promise<void> {
  if (state.hands.copy !== undefined) {
    throw new LocalBrainError('usage', 'The skill of a chat in a copy stays what it is', {
      hint: '/apply, /quit, then local-brain chat -s <skill>',
    })
  }
  const request = { ...state.request, skill: name }
  const before = state.session
  const parts = await openParts(request, state)
  state.replaced.push(before)
  Object.assign(state, { request, ...parts })
  const said = state.conversation.messages.filter(({ role }) => role !== 'system')
  goOn(state, [...(await systemOf(state)), ...said])
}

/** The same messages for another model or skill. */
function goOn(state: State, messages: readonly Message[]): void {
  state.conversation = openConversation(state, messages)
  state.recorder.skip()
}

async function resume(state: State, found: Found): Promise<void> {
  const { messages, changes } =
    found.from === 'session' ? readTranscript(found.session.lines) : { messages: found.messages, changes: [] }
  await clear(state)
  // Questions and answers take turns, also where the program was ended between the two.
  const last = messages.at(-1)
  const end: Message[] =
    last === undefined || (last.role === 'assistant' && last.toolCalls.length === 0)
      ? []
      : [{ role: 'assistant', content: '[stopped]', toolCalls: [] }]
  const own = found.from === 'session' && found.session.header.root === state.session.workspace.root
  state.conversation.reset([...state.conversation.messages, ...messages, ...end])
  if (own && state.request.keep === true) {
    state.file = await continueSession(found.session)
    state.recorder.skip()
  }
  if (own) state.steps.recall(changes)
}

async function close(state: State): Promise<string | undefined> {
  state.recorder.flush()
  const failure = await state.file?.settled()
  for (const session of [...state.replaced, state.session]) await session.close()
  return failure?.message
}
