/**
 * local-brain as a library: run a skill from a program of your own.
 *
 *   import { run } from 'local-brain'
 *   const report = await run({ skill: 'code-review', work: { files: ['src/a.ts'] } })
 *
 * Nothing here writes to a stream or ends the process. Everything rejects with LocalBrainError.
 */
import { homedir } from 'node:os'
import { connect } from './engines/ollama/connect.ts'
import { parseHost } from './engines/host.ts'
import type { Model, ModelEvent } from './core/model.ts'
import type { Report } from './report/report.ts'
import { type Prepared, type RunContext, type RunRequest, prepare as prepareRun, run as runOnce } from './app/run.ts'
import type { ModelRequest } from './app/request.ts'
import { loadSkill as loadSkillFile } from './skills/load.ts'
import type { Skill } from './skills/skill.ts'
import type { Work } from './input/unit.ts'
import { storePaths } from './store/paths.ts'
import { createStore } from './store/store.ts'
import { tools } from './tools/index.ts'

export { runAgent } from './core/converse.ts'
export type { Answer } from './core/answer.ts'
export type { AgentEvent, Emit } from './core/events.ts'
export { type ErrorCode, LocalBrainError } from './errors.ts'
export type { Finding } from './tasks/findings/finding.ts'
export type { ChatRequest, Message, Model, Reply, ToolCall } from './core/model.ts'
export type { Report } from './report/report.ts'
export type { Prepared, RunContext, RunRequest } from './app/run.ts'
export type { Skill } from './skills/skill.ts'
export { type Tool, type ToolContext, defineTool } from './core/tool.ts'

/**
 * A request with everything optional: `cwd` is the current folder, `paths` are the usual folders of this user, git is
 * looked for where the system has its programs unless `environment` has a PATH.
 */
export type LibraryRequest = Partial<Omit<RunRequest, 'work'>> & { work?: Partial<Work> }

/** Loads the skill and gathers the work; contacts nothing. */
export function prepare(request: LibraryRequest): Promise<Prepared> {
  return prepareRun(complete(request))
}

/** Runs a skill once. What was answered is in the report even when the run failed later (`report.error`). */
export function run(request: LibraryRequest, context: Partial<RunContext> = {}): Promise<Report> {
  const { emit = () => undefined, signal = new AbortController().signal } = context
  return runOnce(complete(request), { emit, signal })
}

/** Reads and checks one skill file, trusted as the caller's own. */
export function loadSkill(file: string): Promise<Skill> {
  return loadSkillFile({ file, origin: 'path', tools: tools.map(({ name }) => name) })
}

export type CreateModelOptions = ModelRequest & {
  /** Characters of the largest request to come; the window is chosen for it. Default 20,000. */
  workChars?: number
}

/** A model that is there, local (or allowed) and ready to be asked; its window is fixed. */
export function createModel(
  options: CreateModelOptions = {},
  context: { signal?: AbortSignal; emit?: (event: ModelEvent) => void } = {},
): Promise<Model> {
  const { name, host, allowRemote = false, workChars = 20_000, options: modelOptions = {}, ...rest } = options
  const { signal = new AbortController().signal, emit = () => undefined } = context
  return connect(
    {
      ...rest,
      ...(name === undefined ? {} : { explicit: name }),
      host: parseHost(host),
      allowRemote,
      preferences: [],
      needsTools: true,
      options: modelOptions,
      workChars,
      store: createStore(usualPaths().state),
    },
    { signal, emit },
  )
}

function complete({ work, ...request }: LibraryRequest): RunRequest {
  return {
    cwd: process.cwd(),
    paths: usualPaths(),
    environment: {},
    ...request,
    work: { files: [], prompt: '', ...work },
  }
}

function usualPaths() {
  return storePaths({}, homedir())
}
