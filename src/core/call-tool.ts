import { type ErrorCode, isError, LocalBrainError } from '../errors.ts'
import type { ToolCall } from './model.ts'
import type { Decision, Permit } from './permission.ts'
import { clip, clipLine } from '../text/clip.ts'
import { suggestion } from '../text/nearest.ts'
import type { Tool, ToolContext } from './tool.ts'
import { misuse, unknownArguments } from './arguments.ts'

/** `ok` is false when `result` is an `Error: …` that tells the model what to do next. */
export type ToolResult = { ok: boolean; result: string; ms: number }

const limitMs = 30_000

/** Another tool that helps the model out of an error, mentioned when it is offered. */
const remedies: Partial<Record<ErrorCode, { tool: string; text: string }>> = {
  'not-available': { tool: 'list_directory', text: 'list_directory shows what does' },
  'unreadable-file': { tool: 'list_directory', text: 'list_directory shows what a folder holds' },
  'unknown-revision': { tool: 'git_log', text: 'git_log lists the revisions' },
}

export type CallContext = ToolContext & { permit: Permit }

/**
 * Runs one call of an offered tool: checks the arguments, asks the permit, runs the tool within its time limit.
 * Whatever goes wrong becomes text for the model; only an abort is rethrown.
 */
export async function callTool(tools: readonly Tool[], call: ToolCall, context: CallContext): Promise<ToolResult> {
  let begin = performance.now()
  const settle = (ok: boolean, text: string): ToolResult => ({
    ok,
    result: clip(text, { maxChars: context.maxChars, hint: () => 'cut: too long' }),
    ms: Math.round(performance.now() - begin),
  })
  const fail = (text: string) => settle(false, `Error: ${text}`)

  const tool = tools.find((candidate) => candidate.name === call.name)
  // guard: known-tool
  if (tool === undefined) return fail(unknownTool(tools, call.name))
  const args = tool.check(call.arguments)
  // guard: right-arguments
  if (!args.success) return fail(misuse(tool, args.error))
  try {
    const decision = await permission(tool, { ...call, arguments: args.data }, context)
    if (!decision.allow) return fail(decision.reason)
    begin = performance.now()
    const result = await runBounded(tool, args.data, context)
    const note = unknownArguments(tool, args.given)
    return settle(true, note === undefined ? result : `${note}\n${result}`)
  } catch (error) {
    context.signal.throwIfAborted()
    return fail(reasonOf(error, tool, tools))
  }
}

/** Asks the permit. Only a tool that changes something has a preview to show. */
async function permission(tool: Tool, call: ToolCall, { permit, ...context }: CallContext): Promise<Decision> {
  const { access } = tool
  const preview = access === 'read' ? undefined : await tool.preview?.(call.arguments, context)
  return permit({ call, access, preview }, context.signal)
}

function unknownTool(tools: readonly Tool[], name: string): string {
  const names = tools.map((tool) => tool.name)
  return `there is no tool ${JSON.stringify(clipLine(name, 60))}; ${suggestion(name, names)}`
}

function reasonOf(error: unknown, tool: Tool, tools: readonly Tool[]): string {
  if (!isError(error)) return `${tool.name} failed: ${error instanceof Error ? error.message : String(error)}`
  const remedy = remedies[error.code]
  return remedy && tools.some(({ name }) => name === remedy.tool) ? `${error.message}; ${remedy.text}` : error.message
}

/**
 * Runs the tool until it is done, its time is up or the run is aborted. A tool that ignores its signal is left behind.
 */
async function runBounded(tool: Tool, args: Record<string, unknown>, context: ToolContext): Promise<string> {
  context.signal.throwIfAborted()
  const stop = new AbortController()
  const interrupt = () => stop.abort(context.signal.reason)
  const slow = new LocalBrainError('timeout', `${tool.name} took longer than ${limitMs / 1000} s; ask for less`)
  const timer = setTimeout(() => stop.abort(slow), limitMs)
  context.signal.addEventListener('abort', interrupt)
  try {
    return await new Promise<string>((resolve, reject) => {
      stop.signal.addEventListener('abort', () => reject(stop.signal.reason as Error))
      tool.run(args, { ...context, signal: stop.signal }).then(resolve, reject)
    })
  } finally {
    clearTimeout(timer)
    context.signal.removeEventListener('abort', interrupt)
  }
}
