import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { RunRequest } from '../../src/app/request.ts'
import { type RunContext, run } from '../../src/app/run.ts'
import type { AgentEvent } from '../../src/core/events.ts'
import type { Message } from '../../src/core/model.ts'
import type { Report } from '../../src/report/report.ts'
import { storePaths } from '../../src/store/paths.ts'
import { scriptedEngine } from '../scripted-engine.ts'
import { createFolder, environment } from '../workspace.ts'

/** The calls of one reply, or what the model says. */
export type Turn = string | [name: string, args: Record<string, unknown>][]

export type ScriptedRun = {
  report: Report
  events: AgentEvent[]
  /** What the tools told the model. */
  told: string[]
  /** The lines of the audit log. */
  audit: () => Record<string, unknown>[]
}

/** Runs a skill in `root` with a model that says these things in their order, and its last one again. */
export async function scriptedRun(
  root: string,
  turns: readonly Turn[],
  request: Partial<RunRequest> & Pick<RunRequest, 'skill'>,
  context: Partial<RunContext> = {},
): Promise<ScriptedRun> {
  const events: AgentEvent[] = []
  const engine = scriptedEngine((_, number) => {
    const turn = turns[Math.min(number, turns.length) - 1] ?? 'Done.'
    if (typeof turn === 'string') return { message: { role: 'assistant', content: turn, toolCalls: [] } }
    const toolCalls = turn.map(([name, args], at) => ({
      id: `${number}.${at}`,
      name,
      arguments: args,
      recovered: false,
    }))
    return { message: { role: 'assistant', content: '', toolCalls } }
  })
  const paths = storePaths({}, createFolder())
  const usual = { work: { files: [], prompt: 'do it' }, cwd: root, environment, paths, limits: { timeout: 60 } }
  const end = new AbortController()
  onTestFinished(() => end.abort())
  const report = await run(
    { ...usual, ...request },
    { engine, emit: (event) => void events.push(event), signal: end.signal, ...context },
  )
  return {
    report,
    events,
    told: (engine.requests.at(-1)?.messages ?? []).flatMap((message: Message) =>
      message.role === 'tool' ? [message.content] : [],
    ),
    audit: () =>
      readFileSync(join(paths.state, 'audit.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  }
}
