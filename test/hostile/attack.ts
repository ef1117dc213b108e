import type { ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'
import {
  reply,
  type ScriptedOllama,
  type ScriptedOllamaOptions,
  type ScriptSource,
  startScriptedOllama,
} from '../../src/demo/scripted-ollama.ts'
import { type Report, reportSchema } from '../../src/reporters/report.ts'
import { type Ended, localBrain } from '../cli/local-brain.ts'
import { serveHttp, type TestServer } from '../models/http-server.ts'

/** A scripted server for one test. */
export async function ollama(script: ScriptSource, options: ScriptedOllamaOptions = {}): Promise<ScriptedOllama> {
  const server = await startScriptedOllama({ ...options, script })
  onTestFinished(() => server.close())
  return server
}

type Call = { name: string; arguments: Record<string, unknown> }
export type Attack = { run: Ended; report: Report; results: string[]; server: ScriptedOllama }

/** The model makes these calls in its first reply, and what it is told is looked at. */
export async function attackWith(calls: Call[], cwd: string, more: string[] = []): Promise<Attack> {
  const server = await ollama([reply.calls(...calls), reply.text('Done.')])
  const args = ['--format', 'json', '--num-ctx', '32768', ...more, 'look around']
  const run = await localBrain(args, { cwd, host: server.url })
  const told = server.requests[1]?.messages.filter(({ role }) => role === 'tool') ?? []
  return {
    run,
    report: reportSchema.parse(JSON.parse(run.stdout)),
    results: told.map(({ content }) => content.replace(/\n\[no more tool calls.*$/s, '')),
    server,
  }
}

export const read = (path: unknown): Call => ({ name: 'read_file', arguments: { path } })

/** Everything that left the program in one text: what the model was sent, both streams. */
export function everything({ run, server }: Pick<Attack, 'run' | 'server'>): string {
  return [JSON.stringify(server.requests), run.stdout, run.stderr].join('\n')
}

/** Makes the program say on standard error how much memory it took at most. */
export const reportsMemory = {
  NODE_OPTIONS:
    "--import=data:text/javascript,import{writeSync}from'node:fs';process.on('exit',()=>writeSync(2,`[peak:${Math.round(process.resourceUsage().maxRSS/1024)}MB]`))",
}

/** Megabytes. */
export function peakOf({ stderr }: Ended): number {
  return Number(/\[peak:(\d+)MB\]/.exec(stderr)?.[1] ?? Number.NaN)
}

/** A server that answers a chat as it is told, and everything else as Ollama does. */
export async function chatsAs(
  answer: (response: ServerResponse) => void,
  options: ScriptedOllamaOptions = {},
): Promise<TestServer> {
  const real = await ollama([], options)
  return serveHttp((request, response, body) => {
    if (request.url === '/api/chat') return answer(response)
    const { method = 'GET', url = '/' } = request
    void fetch(real.url + url, { method, ...(body !== '' && { body }) }).then(async (reply) => {
      response.writeHead(reply.status, { 'Content-Type': reply.headers.get('content-type') ?? '' })
      response.end(await reply.text())
    })
  })
}
