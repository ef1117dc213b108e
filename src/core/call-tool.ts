import { type ErrorCode, isError, LocalBrainError } from '../errors.ts'
import type { ToolCall } from './model.ts'
import type { Decision, Permit } from './permission.ts'
import { clip, clipLine } from '../text/clip.ts'
import { suggestion } from '../text/nearest.ts'
import type { CallPlan, Tool, ToolContext } from './tool.ts'
import { misuse, unknownArguments } from './arguments.ts'

/**
 * `ok` is false when `result` is an `Error: …` that tells the model what to do next. `refused`: the permit said no.
 * `stop`: the model is asked no further. `again`: the same call will be done if it is made once more.
 */
export type ToolResult = {
  ok: boolean
  result: string
  ms: number
  refused?: boolean
  stop?: boolean
  again?: boolean
}

const limitMs = 30_000
/** A command ends at its own limit, which is said in its result. */
const commandLimitMs = 660_000

/** What another tool does to help the model out of an error; its name comes first. Mentioned when it is offered. */
const remedies: Partial<Record<ErrorCode, string>> = {
  'not-available': 'list_directory shows what does',
  'unreadable-file': 'list_directory shows what a folder holds',
  'unknown-revision': 'git_log lists the revisions',
}

export type CallContext = ToolContext & { permit: Permit }

/**
 * Runs one call of an offered tool: checks the arguments, asks the permit, runs the tool within its time limit.
 * Whatever goes wrong becomes text for the model; only an abort, and a sandbox that fails, are rethrown.
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
  const args = await tool.check(call.arguments)
  // guard: right-arguments
  if (!args.success) return fail(misuse(tool, args.error))
  try {
    const plan = await planCall(tool, args.data, context)
    const decision = await permission(tool, { ...call, arguments: args.data }, { ...context, plan })
    if (!decision.allow) return { ...fail(decision.reason), refused: true, stop: decision.stop }
    begin = performance.now()
    const result = await runBounded(
      tool,
      { ...context, approvedBy: decision.by },
      async (bounded) => plan?.run(bounded) ?? tool.run(args.data, bounded),
    )
    const note = unknownArguments(tool, args.given)
    return settle(true, note === undefined ? result : `${note}\n${result}`)
  } catch (error) {
    context.signal.throwIfAborted()
    // The sandbox failed, so run no more commands, whatever the model says.
    // guard: sandbox-gone
    if (isError(error, 'sandbox-failed')) throw error
    return { ...fail(reasonOf(error, tool, tools)), again: isError(error, 'unconfirmed') }
  }
}

/** What the call would do: only a tool that changes something says so. What can't be done is not asked about. */
async function planCall(
  tool: Tool,
  args: Record<string, unknown>,
  context: ToolContext,
): Promise<CallPlan | undefined> {
  if (tool.access === 'read') return undefined
  const planned = await runBounded(tool, context, async (bounded) => tool.plan?.(args, bounded))
  if (planned !== undefined) return planned
  const preview = await runBounded(tool, context, async (bounded) => tool.preview?.(args, bounded))
  return { preview, run: async (bounded) => tool.run(args, bounded) }
}

async function permission(
  { access }: Tool,
  call: ToolCall,
  { permit, plan, signal }: CallContext & { plan: CallPlan | undefined },
): Promise<Decision> {
  const { preview, sensitive, overLimit, listed } = plan ?? {}
  return permit({ call, access, preview, sensitive, overLimit, listed }, signal)
}

const patchTools = /^(?:apply_?patch|apply_?diff|patch)$/i

function unknownTool(tools: readonly Tool[], name: string): string {
  const names = tools.map((tool) => tool.name)
  if (patchTools.test(name) && names.includes('edit_file')) {
    return `patches can't be applied; call edit_file for each place: path="…", old="the lines as they are", new="the lines as they will be"`
  }
  return `there is no tool ${JSON.stringify(clipLine(name, 60))}; ${suggestion(name, names)}`
}

function reasonOf(error: unknown, tool: Tool, tools: readonly Tool[]): string {
  if (!isError(error)) return `${tool.name} failed: ${error instanceof Error ? error.message : String(error)}`
  const { message, code } = error
  const remedy = remedies[code]
  // A file that exists but may not be read has the same code.
  const isMeant = code !== 'not-available' || message.endsWith('exist')
  const isOffered = tools.some(({ name }) => remedy?.startsWith(`${name} `))
  return isMeant && isOffered ? `${message}; ${remedy}` : message
}

/**
 * Runs a tool, or its plan, until it is done, its time is up or the run is aborted. A tool that ignores its signal is left behind.
 */
async function runBounded<T>(
  { name, access }: Tool,
  context: ToolContext,
  act: (context: ToolContext) => Promise<T>,
): Promise<T> {
  context.signal.throwIfAborted()
  const stop = new AbortController()
  const interrupt = () => stop.abort(context.signal.reason)
  const limit = access === 'run' ? commandLimitMs : limitMs
  const slow = new LocalBrainError('timeout', `${name} took longer than ${limit / 1000} s; ask for less`)
  const timer = setTimeout(() => stop.abort(slow), limit)
  context.signal.addEventListener('abort', interrupt)
  try {
    return await new Promise<T>((resolve, reject) => {
      stop.signal.addEventListener('abort', () => reject(stop.signal.reason as Error))
      act({ ...context, signal: stop.signal }).then(resolve, reject)
    })
  } finally {
    clearTimeout(timer)
    context.signal.removeEventListener('abort', interrupt)
  }
}
