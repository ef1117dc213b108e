import { join } from 'node:path'
import { work } from '../../../src/app/work.ts'
import type { WorkRequest } from '../../../src/app/work/request.ts'
import type { AgentEvent } from '../../../src/core/events.ts'
import type { ChatRequest, Reply } from '../../../src/core/model.ts'
import type { Report } from '../../../src/report/report.ts'
import { scriptedEngine } from '../../scripted-engine.ts'
import { type Files, createFolder, createRepository, environment } from '../../workspace.ts'

/** A shop whose sum is wrong, and a test that says so: quick, and needs no more than a shell. */
export const shop = {
  'cart.js': 'exports.total = (prices) => prices.reduce((sum, price) => sum - price, 0)\n',
  'test.sh': "grep -q 'sum + price' cart.js || { echo 'the total is wrong'; exit 1; }\n",
  Makefile: 'test:\n\tbash test.sh\n',
  'fix.md': '---\nchecks: [bash test.sh]\n---\n# Fix the total\n\ntotal() in cart.js has to add up.\n',
} satisfies Files

/** What a model does with a request: says something, or calls tools. */
export type Move = string | { name: string; arguments: Record<string, unknown> }[] | Partial<Reply>

export type Told = { request: ChatRequest; number: number; text: string }

/** A project with a spec, and a model that acts as `model` says. */
export async function carryOut(
  model: (told: Told) => Move,
  { files = shop, ...more }: Partial<WorkRequest> & { files?: Files } = {},
): Promise<{ report: Report; root: string; events: AgentEvent[]; requests: ChatRequest[] }> {
  const root = createRepository(files)
  const home = createFolder()
  const paths = { config: join(home, 'config'), state: join(home, 'state'), cache: join(home, 'cache') }
  const engine = scriptedEngine((request, number) => replyOf(model({ request, number, text: textOf(request) }), number))
  const events: AgentEvent[] = []
  const request = {
    spec: { file: 'fix.md' },
    cwd: root,
    paths,
    environment: { ...environment, HOME: home },
    allow: 'run' as const,
    ...more,
  }
  const { signal } = new AbortController()
  const report = await work(request, { signal, emit: (event) => events.push(event), engine })
  return { report, root, events, requests: engine.requests }
}

function textOf({ messages }: ChatRequest): string {
  return messages.map(({ content }) => content).join('\n')
}

function replyOf(move: Move, number: number): Partial<Reply> {
  if (typeof move === 'string') return { message: { role: 'assistant', content: move, toolCalls: [] } }
  if (!Array.isArray(move)) return move
  const toolCalls = move.map((call, at) => ({ ...call, id: `c${number}_${at}`, recovered: false }))
  return { message: { role: 'assistant', content: '', toolCalls } }
}

/** Calls one after the other, then a few words, in each round. */
export function inTurn(...moves: Move[]): (told: Told) => Move {
  return ({ request }) => {
    const turn = request.messages.filter(({ role }) => role === 'assistant').length
    return moves[Math.min(turn, moves.length - 1)] ?? ''
  }
}

export const edit = (path: string, old: string, now: string) => ({
  name: 'edit_file',
  arguments: { path, old, new: now },
})
