import { callTool } from '../../core/call-tool.ts'
import { readOnly } from '../../core/permission.ts'
import { tools } from '../../tools/index.ts'
import type { GitEnvironment } from '../../workspace/git/environment.ts'
import { openWorkspace } from '../../workspace/open.ts'

/** Characters of one result. */
const maxChars = 40_000

/** The tools that only read. */
export const readTools = tools.filter(({ access }) => access === 'read')

type Call = { name: string; arguments: Record<string, unknown> }

/** Calls one of them. `isError`: the result begins with `Error:` and says what to do next. */
export async function callReadTool(
  { name, arguments: args }: Call,
  { root, environment, signal }: { root: string; environment: GitEnvironment; signal: AbortSignal },
): Promise<{ text: string; isError: boolean }> {
  const workspace = await openWorkspace({ root, environment, signal })
  const call = { id: 'call', name, arguments: args, recovered: false }
  const { ok, result } = await callTool(readTools, call, { workspace, signal, maxChars, permit: readOnly })
  return { text: result, isError: !ok }
}
