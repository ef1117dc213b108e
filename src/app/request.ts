import type { Severity } from '../tasks/findings/severity.ts'
import type { PipedText, Work } from '../input/unit.ts'
import type { Task } from '../tasks/task.ts'
import type { StorePaths } from '../store/paths.ts'
import type { OpenOptions } from '../engines/engine.ts'
import type { GitEnvironment } from '../workspace/git/environment.ts'

/** Which model, where, and how it is asked. */
export type ModelRequest = {
  /** `--model` or LOCAL_BRAIN_MODEL: this one or none. */
  name?: string
  /** From the user's config: used when the skill has no preference that is installed. */
  configured?: string
  /** As a person writes OLLAMA_HOST. */
  host?: string
  allowRemote?: boolean
  /** Tokens. Fixes the window of the run. */
  numCtx?: number
  options?: Record<string, number | string | boolean>
  think?: OpenOptions['think']
  /** Seconds, or a duration such as `10m`; negative: for ever. */
  keepAlive?: string | number
  /** Requests at a time; more than the server's OLLAMA_NUM_PARALLEL only wait there. Default 1. */
  parallel?: number
  /** Ask only a model that is in memory, with the window it has there; else reject with 'load-failed' at once. */
  loadedOnly?: boolean
}

/** Everything that a run is asked to do. Nothing below the front door reads a flag, a setting or the environment. */
export type RunRequest = {
  /** Name or path of a skill. Default: `ask` with a prompt, else `code-review`. */
  skill?: string
  work: Work
  /** Reads what is piped in once the rest is known, for `work.stdin`; undefined when nothing came. `signal` ends the wait. */
  readInput?: (signal: AbortSignal) => Promise<PipedText | undefined>
  /** Default: what the skill's output format does with the input. */
  task?: Task
  /** Values for the inputs that the skill declares. */
  vars?: Record<string, string>
  /** What tools may read. Default: the git top level, else `cwd`. */
  root?: string
  cwd: string
  model?: ModelRequest
  /** Beat the skill's own limits. `timeout` in seconds; `units`: look at so many parts, name the rest. */
  limits?: { turns?: number; timeout?: number; units?: number }
  /** Default true: look at each finding a second time. A severity: only at those that are at or above it. */
  verify?: boolean | Severity
  /** Default true: an unchanged unit is not asked about again. */
  cache?: boolean
  failOn?: Severity
  /** We run inside a git hook: the index that git hands over is what is reviewed and what tools read. */
  hook?: boolean
  /** The report is for a format that holds nothing but findings: refuse a skill that gives none. */
  needsFindings?: boolean
  paths: StorePaths
  environment: GitEnvironment
}

export const defaultTurns = 10
export const defaultTimeout = 300
