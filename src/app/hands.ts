import type { Emit } from '../core/events.ts'
import type { Editor } from '../workspace/edit.ts'
import { inWords } from '../workspace/changes/failure.ts'
import type { Skill } from '../skills/skill.ts'
import type { Commands } from '../workspace/sandbox/commands.ts'
import type { Sandbox } from '../workspace/sandbox/sandbox.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Granted } from './access.ts'
import type { SessionRequest } from './request.ts'
import type { WorkingCopy } from './working-copy.ts'

/** Where tools work. */
export type Hands = {
  workspace: Workspace
  /** Absent where nothing may be written. */
  editor?: Editor
  /** Set where something may, but not in the workspace itself: tools then see this copy. */
  copy?: WorkingCopy
  /** Set where programs may be started, in the same folder. */
  commands?: Commands
}

type Around = {
  workspace: Workspace
  request: SessionRequest
  skill: Skill
  /** Undefined where no programs may be started. */
  sandbox: Sandbox | undefined
  emit: Emit
  signal: AbortSignal
}

/** The workspace itself for tools that only read, or where a person wants that, else a copy of it. */
export async function openHands({ edit }: Granted, around: Around): Promise<Hands> {
  const { workspace, request, skill, sandbox, emit, signal } = around
  if (edit === undefined) return { workspace }
  const { ownPlaces } = await import('./own-places.ts')
  if (request.direct === true) {
    const hands = { workspace, editor: await edit(workspace, ownPlaces(request.paths)) }
    return { ...hands, commands: sandbox && (await commandsHere(sandbox, workspace, around)) }
  }
  const { openWorkingCopy } = await import('./working-copy.ts')
  const { paths, environment, takeOver } = request
  const options = { paths, environment, takeOver, scope: skill.scope, emit, signal }
  const copy = await openWorkingCopy(workspace, options).catch((error: unknown) => {
    throw inWords(error)
  })
  try {
    const ours = ownPlaces(paths, { root: copy.workspace.root, of: workspace.root })
    const hands = { workspace: copy.workspace, editor: await edit(copy.workspace, ours), copy }
    if (sandbox === undefined) return hands
    const { commandsIn } = await import('./sandbox.ts')
    const place = { workspace, copy: copy.workspace, beside: copy.beside, request, skill, emit }
    return { ...hands, commands: commandsIn(sandbox, place) }
  } catch (error) {
    await copy.remove()
    throw error
  }
}

async function commandsHere(
  sandbox: Sandbox,
  workspace: Workspace,
  { request, skill, emit }: Around,
): Promise<Commands> {
  const { commandsIn } = await import('./sandbox.ts')
  return commandsIn(sandbox, { workspace, copy: workspace, request, skill, emit })
}
