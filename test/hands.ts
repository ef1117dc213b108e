import { callTool, type ToolResult } from '../src/core/call-tool.ts'
import { type Question, createPermit } from '../src/core/permission.ts'
import { createSeen } from '../src/core/seen.ts'
import { tools } from '../src/tools/index.ts'
import { createEditor } from '../src/workspace/edit.ts'
import type { EditPolicy } from '../src/workspace/edit-policy.ts'
import { openWorkspace } from '../src/workspace/open.ts'
import { environment } from './workspace.ts'

/** One conversation of a model that may write: each call sees what those before it did. */
export type Hands = {
  ask: (name: string, args: Record<string, unknown>) => Promise<ToolResult>
  /** What the model is told. */
  told: (name: string, args: Record<string, unknown>) => Promise<string>
  /** Every question that a permit was asked. */
  questions: Question[]
}

export async function hands(root: string, policy: EditPolicy = {}, maxChars = 20_000): Promise<Hands> {
  const workspace = await openWorkspace({ root, environment })
  const questions: Question[] = []
  const permit = createPermit({ allow: 'write', emit: () => undefined })
  const context = {
    workspace,
    editor: createEditor(workspace, policy),
    seen: createSeen(),
    maxChars,
    signal: new AbortController().signal,
    permit: async (...[question, signal]: Parameters<typeof permit>) => {
      if (question.access !== 'read') questions.push(question)
      return permit(question, signal)
    },
  }
  const ask = async (name: string, args: Record<string, unknown>) =>
    callTool(tools, { id: 'call', name, arguments: args, recovered: false }, context)
  return { ask, told: async (...call) => (await ask(...call)).result, questions }
}
