import { type Ground, openGround } from '../../app/chat/ground.ts'
import type { SessionRequest } from '../../app/request.ts'
import type { Emit } from '../../core/events.ts'
import type { Permit } from '../../core/permission.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import { type Queue, createQueue } from './queue.ts'

/** Who uses the tools, for the audit log. */
export type Door = 'serve' | 'library'

/** What one request changes, for `local-brain undo`. */
export type RequestChanges = {
  /** Before the first change that is allowed: waits until no other request changes anything, and remembers the folder. */
  watch(permit: Permit): Permit
  /** Keeps what was changed since, if anything was, and lets the next request change something. */
  keep(title: string): Promise<void>
}

/** By folder: two requests that change it at the same time could not be taken back one by one. */
const writers = new Map<string, Queue>()

/** Changes of requests in a folder. Where they can't be kept, as in a very large one, a warning says so. */
export function keepsChanges(
  workspace: Workspace,
  { paths, environment, door }: Pick<SessionRequest, 'paths' | 'environment'> & { door: Door },
): (emit: Emit) => RequestChanges {
  // Also what was changed by a request that was stopped is kept.
  const { signal } = new AbortController()
  const writer = writers.get(workspace.root) ?? createQueue({ parallel: 1, waiting: Number.POSITIVE_INFINITY })
  writers.set(workspace.root, writer)
  let ground: Promise<Ground> | undefined
  return (emit) => {
    const open = async () => (ground ??= openGround(workspace, { paths, environment, by: door, emit, signal }))
    const warn = (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      emit({ type: 'warning', message: `what this request changes can't be undone: ${why}` })
    }
    let leave: (() => void) | undefined
    let before: string | undefined
    const begin = async (asked: AbortSignal) => {
      // guard: one-writer
      leave = await writer.enter(asked)
      try {
        before = (await (await open()).snapshot()).tree
      } catch (error) {
        warn(error)
      }
    }
    return {
      watch: (permit) => async (question, asked) => {
        const decision = await permit(question, asked)
        if (decision.allow && question.access !== 'read' && leave === undefined) await begin(asked)
        return decision
      },
      async keep(title) {
        try {
          if (before !== undefined) await (await open()).record(before, title)
        } catch (error) {
          warn(error)
        } finally {
          leave?.()
        }
      },
    }
  }
}
