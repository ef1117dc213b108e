import { type Conversation, createConversation } from '../../core/conversation.ts'
import type { Deadline } from '../../core/deadline.ts'
import type { AgentEvent, Emit } from '../../core/events.ts'
import type { Message, Model } from '../../core/model.ts'
import type { Approve } from '../../core/permission.ts'
import type { Tool } from '../../core/tool.ts'
import { LocalBrainError } from '../../errors.ts'
import { renderPrompt } from '../../skills/prompt.ts'
import type { SessionFile } from '../../store/sessions.ts'
import { openWorkspace } from '../../workspace/open.ts'
import { withFolders } from '../../workspace/with-folders.ts'
import type { Hands } from '../hands.ts'
import { type Session, openSession } from '../session.ts'
import { groundOf, openGround } from './ground.ts'
import type { ChatSessionContext, ChatSessionRequest, SendOptions } from './request.ts'
import { type Recorder, createRecorder } from './recorder.ts'
import { type Steps, createSteps } from './steps.ts'
import { taskOf } from '../../tasks/index.ts'

/** What a chat consists of; all of it may be replaced during the chat. */
export type State = {
  request: ChatSessionRequest
  context: ChatSessionContext
  hub: Hub
  session: Session
  /** Sessions whose model, or who themselves, were replaced. */
  replaced: Session[]
  tools: readonly Tool[]
  hands: Hands
  model: Model
  conversation: Conversation
  steps: Steps
  recorder: Recorder
  file: SessionFile | undefined
  /** What the model is told before the next message. */
  pending: string[]
  /** What was asked last, where the server failed before any answer. */
  unanswered: (Pick<SendOptions, 'asIs'> & { text: string }) | undefined
  /** Of the turn that goes on. */
  deadline: Deadline | undefined
}

/** Where events go. `to` is the listener of the moment. */
type Hub = { emit: Emit; to: Emit; also: ((event: AgentEvent) => void)[] }

function createHub(to: Emit): Hub {
  const hub: Hub = {
    to,
    also: [],
    emit(event) {
      for (const hear of hub.also) hear(event)
      hub.to(event)
    },
  }
  return hub
}

/** Opens the folder, the skill and the model. */
export async function openState(request: ChatSessionRequest, context: ChatSessionContext): Promise<State> {
  const hub = createHub(context.emit)
  const state = {
    request,
    context,
    hub,
    replaced: [],
    file: undefined,
    pending: [],
    unanswered: undefined,
    deadline: undefined,
  } as Partial<State>
  const opened = Object.assign(state, await openParts(request, state as State)) as State
  const { workspace } = opened.session
  const copy = opened.hands.copy
  const ground = async () => {
    const { paths, environment } = request
    if (copy !== undefined) return groundOf(copy, workspace.root)
    return openGround(workspace, { paths, environment, emit: hub.emit, signal: context.signal })
  }
  opened.steps = createSteps({
    top: workspace.git?.top ?? workspace.root,
    root: workspace.root,
    ground,
    emit: hub.emit,
  })
  opened.conversation = openConversation(opened, await systemOf(opened))
  opened.recorder = createRecorder(
    () => opened.conversation.messages,
    () => opened.file,
  )
  hub.also.push(opened.steps.note, opened.recorder.note)
  return opened
}

type Parts = Pick<State, 'session' | 'model' | 'tools' | 'hands'>

/** Asks the model's server whether the model is there, so that this is known before the first message. */
export async function openParts(
  request: ChatSessionRequest,
  state: Pick<State, 'context' | 'hub' | 'deadline'>,
): Promise<Parts> {
  const { context, hub } = state
  const { approve } = context
  const patient: Approve | undefined =
    approve &&
    (async (question, signal) => {
      const goOn = state.deadline?.pause()
      return approve(question, signal).finally(() => goOn?.())
    })
  // Finished changes leave the copy for the folder.
  const takeOver = { apply: true }
  const asked = { ...request, skill: request.skill ?? 'chat', direct: request.scratch !== true, takeOver }
  const session = await openSession(asked, { ...context, approve: patient, emit: hub.emit })
  const { skill } = session
  try {
    if (taskOf(skill).givesFindings) throw givesFindings(skill.name)
    const options = { temperature: 0.3, ...skill.options, ...request.model?.options }
    const model = await session.model({ workBytes: 20_000, options })
    const hands = await withOthers(await session.hands(), request, context.signal)
    return { session, model, tools: session.tools, hands }
  } catch (error) {
    await session.close()
    throw error
  }
}

/** Commands do not see the other folders: secrets in them are hidden from tools only. */
async function withOthers(hands: Hands, request: ChatSessionRequest, signal: AbortSignal): Promise<Hands> {
  const { addDirs = [], environment } = request
  if (addDirs.length === 0) return hands
  const others = await Promise.all(addDirs.map(async (root) => openWorkspace({ root, environment, signal })))
  return { ...hands, workspace: withFolders(hands.workspace, others) }
}

function givesFindings(name: string): LocalBrainError {
  return new LocalBrainError('usage', `Skill "${name}" gives findings, so it can't hold a conversation`, {
    hint: `local-brain -s ${name} --git-diff, then local-brain -c "explain the first finding"`,
  })
}

/** The system text, which stays the same to the byte: the server has read it already. */
export async function systemOf({ session, request }: Pick<State, 'session' | 'request'>): Promise<Message[]> {
  const others = request.addDirs ?? []
  const more = others.length === 0 ? '' : `\n\nThese folders can be read too, by absolute paths: ${others.join(', ')}`
  const rendered = (await renderPrompt(session.skill, {})).filter(({ role }) => role === 'system')
  return rendered.map((message) => ({ ...message, content: `${message.content.trimEnd()}${more}` }))
}

export function openConversation(state: State, messages: readonly Message[]): Conversation {
  const { model, tools, session, hands, steps, hub } = state
  const { workspace, editor, commands } = hands
  const compaction = { changed: () => steps.changed() }
  const permit = steps.around(session.permit)
  return createConversation({ model, tools, permit, workspace, editor, commands, compaction, emit: hub.emit }, messages)
}
