import { join } from 'node:path'
import { assetsFolder } from '../assets.ts'
import type { Conversation } from '../core/conversation.ts'
import type { ConversationSettings } from '../core/conversation-settings.ts'
import type { Emit } from '../core/events.ts'
import type { Message, Model } from '../core/model.ts'
import { type Access, includes } from '../core/access.ts'
import type { Permit, StandingConsent } from '../core/permission.ts'
import type { Tool } from '../core/tool.ts'
import type { Engine } from '../engines/engine.ts'
import { findEngine } from '../engines/find.ts'
import { LocalBrainError, isError } from '../errors.ts'
import { loadRuntime } from '../skills/nunjucks.ts'
import { type SkillPlaces, findSkill } from '../skills/find.ts'
import type { Skill } from '../skills/skill.ts'
import type { StorePaths } from '../store/paths.ts'
import { createSealedStore } from '../store/sealed.ts'
import { type Store, createStore } from '../store/store.ts'
import { lateTools } from '../tools/late.ts'
import { knownTools } from '../tools/specs.built.ts'
import { openWorkspace } from '../workspace/open.ts'
import type { NoSandbox } from '../workspace/sandbox/find.ts'
import type { Sandbox } from '../workspace/sandbox/sandbox.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { grantAccess } from './access.ts'
import { type Hands, openHands } from './hands.ts'
import type { SessionContext, SessionRequest } from './request.ts'

/** What every door begins with: a workspace, a skill with its tools, a permit, and a model once it is needed. */
export type Session = {
  readonly workspace: Workspace
  readonly skill: Skill
  readonly permit: Permit
  /** What is allowed without asking, which may be changed. Absent where something else decides. */
  readonly consent?: StandingConsent
  /** The most that its tools may do. */
  readonly access: Access
  readonly warnings: readonly string[]
  readonly store: Store
  readonly tools: readonly Tool[]
  /** Where tools work: in the workspace, or where they may write in a copy of it, which is made at the first call. */
  hands(): Promise<Hands>
  /** Whether `hands` was called. */
  isOpen(): boolean
  /** Contacts nothing. */
  engine(): Promise<Engine>
  /** Chooses and opens a model at the first call, and returns the same one from then on. */
  model(need?: ModelNeed): Promise<Model>
  /** A conversation with the skill's tools. `messages`: what was said before. */
  converse(messages?: readonly Message[]): Promise<Conversation>
  /** What runs commands; undefined where no program may be started. */
  readonly sandbox: Sandbox | undefined
  /** Closes what the session opened. */
  close(): Promise<void>
}

type ModelNeed = {
  /** Bytes of the largest request to come. */
  workBytes: number
  /** Default: whether the skill has any. */
  needsTools?: boolean
  /** Model options under the engine's names. */
  options: Readonly<Record<string, unknown>>
}

/** The need of a question and a few tool results, when there is no input to measure. */
const usualNeed: ModelNeed = { workBytes: 20_000, options: {} }

/** Opens the workspace and loads the skill. Contacts nothing. */
export async function openSession(request: SessionRequest, context: SessionContext): Promise<Session> {
  const { emit, signal } = context
  const opening = workspaceOf(request, signal)
  const [workspace, skill] = await Promise.all([opening, refinedSkill(request, opening, context), loadRuntime()])
  const store = createStore(request.paths.state)
  const { found, warnings } = await sandboxOf(workspace, { request, skill, context })
  const sandbox = found !== undefined && 'run' in found ? found : undefined
  const granted = grantAccess({ ...request, ...context, sandbox: found }, skill, emit)
  const { permit } = granted
  let opened: Promise<Hands> | undefined
  const hands = async () => (opened ??= openHands(granted, { workspace, request, skill, sandbox, emit, signal }))
  const tools = toolsOf(skill, granted.access)
  let made: Promise<Engine> | undefined
  const engine = async () => (made ??= context.engine ? Promise.resolve(context.engine) : engineOf(request, store))
  let model: Promise<Model> | undefined
  const openModel = (need: ModelNeed) =>
    engine().then(async (one) => modelOf(one, { request, skill, need, emit, signal }))
  const session: Session = {
    workspace,
    skill,
    ...granted,
    warnings: [...granted.warnings, ...warnings],
    store,
    sandbox,
    tools,
    hands,
    isOpen: () => opened !== undefined,
    engine,
    model: (need = usualNeed) => (model ??= openModel(need)),
    async converse(messages) {
      const { workspace, editor, commands } = await hands()
      const settings = { model: await session.model(), tools, permit, workspace, editor, commands, emit }
      return conversationWith(settings, messages)
    },
    close: async () => closeAll(opened, made),
  }
  return session
}

/** The tools of a skill that its session may offer. */
function toolsOf(skill: Skill, access: Access): readonly Tool[] {
  // guard: offered-tools
  return lateTools(skill.tools).filter((tool) => includes(access, tool.access))
}

/** Loaded by the first conversation: a dry run has none. */
async function conversationWith(settings: ConversationSettings, messages?: readonly Message[]): Promise<Conversation> {
  const { createConversation } = await import('../core/conversation.ts')
  return createConversation(settings, messages)
}

/** Closes only what was opened. */
async function closeAll(opened: Promise<Hands> | undefined, engine: Promise<Engine> | undefined): Promise<void> {
  const { copy } = (await opened?.catch(() => undefined)) ?? {}
  await copy?.remove()
  await engine?.then(
    (one) => one.close(),
    () => undefined,
  )
}

/** The sandbox for a skill that runs programs, where somebody may allow it; undefined where no program may be started. */
async function sandboxOf(
  workspace: Workspace,
  { request, skill, context }: { request: SessionRequest; skill: Skill; context: SessionContext },
): Promise<{ found?: Sandbox | NoSandbox; warnings: readonly string[] }> {
  const isAnswered = request.allow === 'run' || context.approve !== undefined || context.permit !== undefined
  const isWanted = isAnswered && (skill.access === 'run' || skill.checks.length > 0)
  const isBarred = request.hook === true || request.noCommands === true
  if (isBarred || !(isWanted || request.checks?.length)) return { warnings: [] }
  const { commandWarnings, sandboxFor } = await import('./sandbox.ts')
  const found = await sandboxFor(workspace, request, context)
  if ('run' in found) return { found, warnings: await commandWarnings(found, request) }
  const isNeeded = context.needsSandbox || request.checks?.length
  if (!isNeeded) return { found, warnings: [] }
  // Someone who asks for checks does not want a run without them.
  throw new LocalBrainError('sandbox-failed', `The checks can't be run: ${found.reason}`, { hint: found.hint })
}

async function workspaceOf(request: SessionRequest, signal: AbortSignal): Promise<Workspace> {
  const { root, cwd, environment, hook = false } = request
  const view = hook ? 'index' : 'worktree'
  return openWorkspace({ root: root ?? cwd, whole: root === undefined, view, hook, environment, signal })
}

/** Calls `make` once and gives every caller the same promise. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}

async function engineOf({ model, paths }: SessionRequest, store: Store): Promise<Engine> {
  const { host, kind, key, allowRemote, loadedOnly = false } = model ?? {}
  return findEngine({ host, kind, key, allowRemote, recall: !loadedOnly, paths, store })
}

type Opening = { request: SessionRequest; skill: Skill; need: ModelNeed; emit: Emit; signal: AbortSignal }

async function modelOf(engine: Engine, { request, skill, need, emit, signal }: Opening): Promise<Model> {
  const { name, configured, allowRemote = false, loadedOnly, numCtx, think, keepAlive } = request.model ?? {}
  const { needsTools = skill.tools.length > 0 } = need
  const wish = { explicit: name, preferences: skill.model, configured, needsTools, allowRemote, loadedOnly }
  const { chooseModel } = await import('../engines/choose.ts')
  const { model } = await chooseModel(engine, wish, signal)
  return engine.open(model, { ...need, needsTools, window: numCtx, think, keepAlive, loadedOnly }, { emit, signal })
}

/** Where to look for skills. `root` is the workspace, whose own skills need to be trusted first. */
export function skillPlaces(paths: StorePaths, root: string | undefined): SkillPlaces {
  return {
    builtIn: join(assetsFolder, 'skills'),
    user: join(paths.config, 'skills'),
    repository: root === undefined ? undefined : join(root, '.local-brain', 'skills'),
    grants: join(paths.state, 'trust'),
    tools: knownTools,
    // A cache that somebody else filled lacks this person's seal.
    kept: createSealedStore(paths.cache, join(paths.state, 'seal')),
  }
}

async function refinedSkill(
  request: SessionRequest,
  opening: Promise<Workspace>,
  { refine, skill: loaded }: SessionContext,
): Promise<Skill> {
  const skill = loaded ?? (await skillOf(request, opening))
  return refine === undefined ? skill : refine(skill, await opening)
}

/** Looks in the repository last, so that other skills don't have to wait for the workspace. */
async function skillOf({ skill, paths }: SessionRequest, opening: Promise<Workspace>): Promise<Skill> {
  try {
    // guard: skill-places
    return await findSkill(skill, skillPlaces(paths, undefined))
  } catch (error) {
    if (!isError(error, 'unknown-skill')) throw error
    return findSkill(skill, skillPlaces(paths, (await opening).root))
  }
}
