import type { Answer } from '../../core/answer.ts'
import { startDeadline } from '../../core/deadline.ts'
import { specOf } from '../../core/model.ts'
import { LocalBrainError } from '../../errors.ts'
import { createSession, sessionFolder } from '../../store/sessions.ts'
import { watchApprovals } from '../approvals.ts'
import { limitOf } from '../limits.ts'
import { composeMessage, tooLong } from './message.ts'
import type { SendOptions } from './request.ts'
import type { State } from './state.ts'
import { type Turn, markStopped, turnOf } from './turn.ts'
import { wordsAndPlace } from '../../text/system-words.ts'

const usual = { turns: 20, timeout: 600 }

/** Tokens of one reply that may write a file: 150 lines and what is said about them. */
const maxTokens = 4096

/** What a message may take of the window, besides the system text and the tools. */
const messageShare = 0.45

/** One turn: a message, what the model does about it, and its answer. */
export async function sendMessage(state: State, typed: string, options: SendOptions): Promise<Turn> {
  if (state.deadline !== undefined)
    throw new LocalBrainError('usage', 'One message at a time: another is being answered')
  const { request, session, hub, context } = state
  const approvals = watchApprovals(options.emit ?? context.emit)
  hub.to = approvals.emit
  const signal = AbortSignal.any([context.signal, ...(options.signal === undefined ? [] : [options.signal])])
  const timeout = request.limits?.timeout ?? limitOf(session.skill, 'timeout', usual.timeout)
  state.deadline = startDeadline(timeout, signal)
  try {
    const message = options.asIs === true ? typed : await messageOf(state, typed)
    await openRecord(state)
    const { name: skill, output } = session.skill
    hub.emit({ type: 'run_start', skill, model: state.model.name, units: 1, output })
    const turn = await answered(state, message, { text: typed, asIs: options.asIs })
    hub.emit({ type: 'run_end', stop: turn.stop, turns: turn.turns, ms: 0, usage: turn.usage, cutMs: 0 })
    return turn
  } finally {
    state.deadline.clear()
    state.deadline = undefined
    hub.to = context.emit
    await approvals.keep(request.paths.state, session.workspace.root)
  }
}

async function messageOf({ hands, model, pending, hub, tools }: State, typed: string): Promise<string> {
  const composed = await composeMessage(typed, { workspace: hands.workspace, model, emit: hub.emit })
  const message = [...pending, composed].join('\n\n')
  const tokens = model.tokens([{ role: 'user', content: message }], [])
  const room = Math.floor((model.window - model.tokens([], tools.map(specOf))) * messageShare)
  if (tokens > room)
    throw tooLong(`takes about ${tokens} tokens, and ${room} of the window of ${model.window} are free for it`)
  return message
}

/** A conversation is kept from its first message on. */
async function openRecord(state: State): Promise<void> {
  const { request, session, model } = state
  if (request.keep !== true || state.file !== undefined) return
  const { root } = session.workspace
  const about = { root, model: model.name, skill: session.skill.name }
  try {
    state.file = await createSession(sessionFolder(request.paths.state, root), about)
  } catch (error) {
    state.request = { ...request, keep: false }
    state.hub.emit({ type: 'warning', message: `this conversation is not kept: ${wordsAndPlace(error)}` })
  }
}

async function answered(state: State, message: string, asked: NonNullable<State['unanswered']>): Promise<Turn> {
  const { conversation, deadline, request, session, steps, recorder } = state
  if (deadline === undefined) throw new Error('a turn without a deadline')
  const before = conversation.messages.length
  const turns = request.limits?.turns ?? limitOf(session.skill, 'turns', usual.turns)
  let answer: Answer
  state.unanswered = undefined
  try {
    answer = await conversation.send(message, { ...deadline, turns, maxTokens })
  } catch (error) {
    // Nothing was answered, so that nothing was asked; to ask it again, it is kept.
    if (conversation.messages.length <= before + 1) {
      forget(state, before)
      state.unanswered = asked
    }
    recorder.changes(await steps.end(asked.text))
    throw error
  } finally {
    if (state.unanswered === undefined && asked.asIs !== true) state.pending.length = 0
  }
  markStopped(conversation, answer)
  recorder.flush()
  const changes = await steps.end(asked.text)
  recorder.changes(changes)
  return turnOf(answer, changes)
}

function forget({ conversation, recorder }: State, before: number): void {
  recorder.add({ type: 'retry' })
  conversation.reset(conversation.messages.slice(0, before))
  recorder.skip()
}
