import type { ServerResponse } from 'node:http'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'vitest'
import { reply, type ScriptedOllama, type ScriptedOllamaOptions } from '../scripted-ollama/scripted-ollama.ts'
import { type Report, reportSchema } from '../../src/report/report.ts'
import { knownTools } from '../../src/tools/specs.built.ts'
import { type Ended, localBrain } from '../doors/cli/local-brain.ts'
import { serveHttp, type TestServer } from '../engines/http-server.ts'
import { temporaryFolder } from '../workspace-fixture.ts'
import { ollama } from '../doors/cli/ollama.ts'

type Call = { name: string; arguments: Record<string, unknown> }
export type Attack = { run: Ended; report: Report; results: string[]; server: ScriptedOllama }

/** A skill that has every tool there is: what a model may not do then, it may never do. */
const everyTool = `name: every-tool
description: has every tool
tools: [${knownTools
  .filter(({ access }) => access === 'read')
  .map(({ name }) => name)
  .join(', ')}]
user_prompt_template: '{{ input }} {{ content }}'
`

/** The model makes these calls in its first reply, and what it is told is looked at. */
export async function attackWith(calls: Call[], cwd: string, more: string[] = []): Promise<Attack> {
  const server = await ollama([reply.calls(...calls), reply.text('Done.')])
  const skill = join(temporaryFolder({ 'skill.yaml': everyTool }).root, 'skill.yaml')
  const args = ['--format', 'json', '--num-ctx', '32768', '-s', skill, ...more, 'look around']
  const run = await localBrain(args, { cwd, host: server.url })
  const told = server.requests[1]?.messages.filter(({ role }) => role === 'tool') ?? []
  const results = told.map(({ content }) => content.replace(/\n\[no more tool calls.*$/s, ''))
  // A call that no tool takes shows nothing, nor does one that was cut off.
  expect(results).toHaveLength(calls.length)
  expect(results.filter((result) => result.startsWith('Error: there is no tool'))).toEqual([])
  return { run, report: reportSchema.parse(JSON.parse(run.stdout)), results, server }
}

export const read = (path: unknown): Call => ({ name: 'read_file', arguments: { path } })

/** Everything that left the program in one text: what the model was sent, both streams. */
export function everything({ run, server }: Pick<Attack, 'run' | 'server'>): string {
  return [JSON.stringify(server.requests), run.stdout, run.stderr].join('\n')
}

/** Command lines of the processes that work below a folder. Linux only. */
export function processesIn(folder: string): string[] {
  return readdirSync('/proc')
    .filter((id) => /^\d+$/.test(id))
    .flatMap((id) => {
      try {
        const line = readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ')
        return readlinkSync(`/proc/${id}/cwd`).startsWith(folder) ? [line] : []
      } catch {
        return []
      }
    })
}

const clock = pathToFileURL(join(import.meta.dirname, 'clock.mjs')).href

/** Makes time pass so many times as fast for the program, and makes it say how long it meant to pause. */
export function clockAt(speed: number) {
  return { NODE_OPTIONS: `--import=${clock}`, CLOCK_SPEED: String(speed) }
}

/** Milliseconds that a program with such a clock waited before it tried again. */
export function pauseOf({ stderr }: Ended): number {
  return Number(/\[paused:(\d+)ms\]/.exec(stderr)?.[1] ?? Number.NaN)
}

/** Sends the same bytes for as long as somebody takes them, as the body of a reply. */
export function pour(response: ServerResponse, piece: string): void {
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson' })
  const send = () => {
    while (!response.destroyed && response.write(piece));
  }
  response.on('drain', send)
  send()
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
