import { fileURLToPath } from 'node:url'
import type { Readable, Writable } from 'node:stream'
import { Server, type ServerContext } from '@modelcontextprotocol/server'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import type { Tool } from '../../core/tool.ts'
import { findRoot } from '../../workspace/open.ts'
import { describeError, isError, LocalBrainError } from '../../errors.ts'
import { escapeText } from '../../text/escape.ts'
import { redactSecrets } from '../../text/redact.ts'
import { version } from '../../version.ts'
import { createQueue } from '../server/queue.ts'
import { Refusal } from '../server/refusal.ts'
import { maxMessage, wholeLines } from './lines.ts'
import { type McpRequest, listSkillsText, runSkill } from './run-skill.ts'
import { annotations, runSkillArguments, skillTools } from './tools.ts'

export type { McpRequest }

/** Serves until the input ends or the signal is aborted. Nothing but JSON-RPC goes to the output. */
export async function serveMcp(
  request: McpRequest,
  { input, output, signal }: { input: Readable; output: Writable; signal: AbortSignal },
): Promise<void> {
  const { readTools } = request.tools ? await import('./read-tools.ts') : { readTools: [] }
  const transport = new StdioServerTransport(input.pipe(wholeLines(output)), output, { maxBufferSize: 2 * maxMessage })
  const queue = createQueue({ parallel: 1, waiting: 16 })
  const handle = serveStdio(() => createServer(request, { readTools, queue, signal }), {
    transport,
    onerror: ({ message }) => request.emit({ type: 'warning', message }),
  })
  await new Promise<void>((resolve) => {
    input.on('end', resolve).on('close', resolve)
    signal.addEventListener('abort', () => resolve())
  })
  await handle.close()
}

type Context = {
  readTools: readonly Tool[]
  queue: ReturnType<typeof createQueue>
  signal: AbortSignal
}

function createServer(request: McpRequest, context: Context): Server {
  const { readTools, queue, signal: stopped } = context
  const server = new Server({ name: 'local-brain', version }, { capabilities: { tools: {} } })
  const reading = readTools.map(({ name, description, parameters }) => {
    return { name, description, inputSchema: { ...parameters, type: 'object' as const }, annotations }
  })
  server.setRequestHandler('tools/list', () => ({ tools: [...skillTools(), ...reading] }))
  server.setRequestHandler('tools/call', async ({ params: { name, arguments: args = {} } }, about) => {
    const signal = AbortSignal.any([about.mcpReq.signal, stopped])
    try {
      const leave = await queue.enter(signal)
      try {
        const root = await rootOf(server, request)
        const { text, isError: failed } = await call({ name, args, root, signal, about }, request)
        return { content: [{ type: 'text' as const, text }], isError: failed }
      } finally {
        leave()
      }
    } catch (error) {
      return { content: [{ type: 'text' as const, text: errorText(error) }], isError: true }
    }
  })
  return server
}

type Called = { name: string; args: Record<string, unknown>; root: string; signal: AbortSignal; about: ServerContext }

async function call({ name, args, root, signal, about }: Called, request: McpRequest) {
  if (name === 'list_skills') return { text: await listSkillsText(request, root), isError: false }
  if (name === 'run_skill') {
    const read = runSkillArguments.safeParse(args)
    if (!read.success) throw wrongArguments(read.error.issues)
    const text = await runSkill(read.data, request, { root, signal, progress: progressOf(about, signal) })
    return { text: redactSecrets(text), isError: false }
  }
  if (!request.tools) throw new LocalBrainError('usage', `There is no tool "${name}"`, { hint: 'call run_skill' })
  const { callReadTool } = await import('./read-tools.ts')
  return callReadTool({ name, arguments: args }, { root, environment: request.environment, signal })
}

function wrongArguments(issues: readonly { path: readonly PropertyKey[]; message: string }[]): LocalBrainError {
  const [{ path, message } = { path: [], message: 'not understood' }] = issues
  const place = path.map(String).join('.')
  return new LocalBrainError('usage', `${place === '' ? 'The arguments' : `"${place}"`}: ${message}`, {
    hint: 'skill, prompt, files, diff, base, vars and format are known',
  })
}

/** A client that wants to hear of progress gives a token for it. */
function progressOf({ mcpReq }: ServerContext, signal: AbortSignal): (message: string) => void {
  const progressToken = mcpReq._meta?.progressToken
  let progress = 0
  return (message) => {
    if (progressToken === undefined || signal.aborted) return
    progress += 1
    const params = { progressToken, progress, message }
    // One that left is noticed elsewhere.
    mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined)
  }
}

const rootPatienceMs = 3000

/** The folder to work in. Clients of newer protocols name none, and start the program in it. */
async function rootOf(server: Server, { root, cwd }: McpRequest): Promise<string> {
  if (root !== undefined) return root
  const asked = server.getClientCapabilities()?.roots === undefined ? [] : await rootsOf(server)
  const [first] = asked.filter(({ uri }) => uri.startsWith('file://'))
  return first === undefined ? findRoot(cwd) : fileURLToPath(first.uri)
}

async function rootsOf(server: Server): Promise<{ uri: string }[]> {
  try {
    return (await server.listRoots({}, { timeout: rootPatienceMs })).roots
  } catch {
    return []
  }
}

function errorText(error: unknown): string {
  if (error instanceof Refusal) return `error: ${error.message}\nhint: try again later`
  if (!isError(error)) return 'error: local-brain failed\nhint: start it with LOCAL_BRAIN_DEBUG=1 and --log-file'
  const { message, hint } = describeError(error)
  return escapeText(redactSecrets(`error: ${message}\nhint: ${hint}`))
}
