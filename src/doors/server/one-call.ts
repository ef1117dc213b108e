import { underOurName } from '../../core/aliases.ts'
import { callTool } from '../../core/call-tool.ts'
import { type Seen, createSeen } from '../../core/seen.ts'
import { type ToolsRequest, openTools } from './open-tools.ts'

/** Characters of one result. */
const maxChars = 200_000

/** What was read in each folder: a file has to be read before it is overwritten. */
const seenIn = new Map<string, Seen>()

/** Calls one tool by itself, under our name for it or one of another program. */
export async function callOne(
  { name, arguments: args }: { name: string; arguments: Record<string, unknown> },
  request: ToolsRequest,
): Promise<{ ok: boolean; result: string }> {
  const { tools, keep, emit, ...context } = (await openTools(request)).own(() => undefined)
  const { root } = context.workspace
  const seen = seenIn.get(root) ?? createSeen()
  seenIn.set(root, seen)
  const written = { id: 'call', name, arguments: args, recovered: false }
  const names = tools.map((tool) => tool.name)
  const call = underOurName(written, names) ?? written
  emit({ type: 'tool_start', turn: 1, ...call })
  try {
    const { ok, result } = await callTool(tools, call, { ...context, seen, maxChars, signal: request.signal })
    return { ok, result }
  } finally {
    await keep(`callTool: ${name}`)
  }
}
