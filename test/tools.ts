import { callTool, type ToolResult } from '../src/core/call-tool.ts'
import { readOnly } from '../src/core/permission.ts'
import { tools } from '../src/tools/index.ts'
import { openWorkspace } from '../src/workspace/open.ts'
import { environment } from './workspace.ts'

export type AskOptions = { maxChars?: number; view?: 'worktree' | 'index'; signal?: AbortSignal }

/** One call of a tool as a model makes it: what the model is told. */
export async function ask(
  root: string,
  [name, args = {}]: [name: string, args?: Record<string, unknown>],
  options: AskOptions = {},
): Promise<ToolResult> {
  const { view = 'worktree', maxChars = 20_000, signal = new AbortController().signal } = options
  const workspace = await openWorkspace({ root, environment, view })
  const call = { id: 'call', name, arguments: args, recovered: false }
  return callTool(tools, call, { workspace, maxChars, signal, permit: readOnly })
}

/** The same, only its text. */
export async function told(root: string, call: [string, Record<string, unknown>?], options?: AskOptions) {
  return (await ask(root, call, options)).result
}
