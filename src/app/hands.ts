import type { Emit } from '../core/events.ts'
import type { Editor } from '../workspace/edit.ts'
import { inWords } from '../workspace/changes/failure.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Granted } from './access.ts'
import type { SessionRequest } from './session.ts'
import type { WorkingCopy } from './working-copy.ts'

/** Where tools work. */
export type Hands = {
  workspace: Workspace
  /** Absent where nothing may be written. */
  editor?: Editor
  /** Set where something may: tools then see this copy. */
  copy?: WorkingCopy
}

type Around = { workspace: Workspace; request: SessionRequest; emit: Emit; signal: AbortSignal }

/** The workspace itself for tools that only read, else a copy of it. */
export async function openHands({ edit }: Granted, { workspace, request, emit, signal }: Around): Promise<Hands> {
  if (edit === undefined) return { workspace }
  const { openWorkingCopy } = await import('./working-copy.ts')
  const { paths, environment, takeOver } = request
  const options = { paths, environment, takeOver, emit, signal }
  const copy = await openWorkingCopy(workspace, options).catch((error: unknown) => {
    throw inWords(error)
  })
  try {
    return { workspace: copy.workspace, editor: await edit(copy.workspace, workspace.root), copy }
  } catch (error) {
    await copy.remove()
    throw error
  }
}
