import { type Ground, openGround } from '../../app/chat/ground.ts'
import type { Emit } from '../../core/events.ts'
import type { Permit } from '../../core/permission.ts'
import type { StorePaths } from '../../store/paths.ts'
import type { GitEnvironment } from '../../workspace/git/environment.ts'
import type { Workspace } from '../../workspace/workspace.ts'

/** What one request changes, for `local-brain undo`. */
export type RequestChanges = {
  /** Remembers how the folder was, before the first change that is allowed. */
  watch(permit: Permit): Permit
  /** Keeps what was changed since, if anything was. */
  keep(title: string): Promise<void>
}

type UndoOptions = { paths: StorePaths; environment: GitEnvironment; emit: Emit }

/** Changes of requests in a folder. Where they can't be kept, as in a very large one, a warning says so. */
export function keepsChanges(workspace: Workspace, { emit, ...options }: UndoOptions): () => RequestChanges {
  // Also what was changed by a request that was stopped is kept.
  const { signal } = new AbortController()
  let ground: Promise<Ground> | undefined
  const open = async () => (ground ??= openGround(workspace, { ...options, emit, signal }))
  const warn = (error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    emit({ type: 'warning', message: `what this request changes can't be undone: ${why}` })
  }
  return () => {
    let before: Promise<string | undefined> | undefined
    const take = async () => {
      try {
        return (await (await open()).snapshot()).tree
      } catch (error) {
        warn(error)
        return undefined
      }
    }
    return {
      watch: (permit) => async (question, asked) => {
        const decision = await permit(question, asked)
        if (decision.allow && question.access !== 'read') await (before ??= take())
        return decision
      },
      async keep(title) {
        const tree = await before
        if (tree !== undefined) await (await open()).record(tree, title).catch(warn)
      },
    }
  }
}
