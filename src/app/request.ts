import type { Access } from '../core/access.ts'
import type { Emit } from '../core/events.ts'
import type { Approve, Permit } from '../core/permission.ts'
import type { Engine, OpenOptions } from '../engines/engine.ts'
import type { EngineKind } from '../engines/index.ts'
import type { PipedText, Work } from '../input/unit.ts'
import type { Severity } from '../skills/severity.ts'
import type { Skill } from '../skills/skill.ts'
import type { StorePaths } from '../store/paths.ts'
import type { Task } from '../tasks/task.ts'
import type { GitEnvironment } from '../workspace/git/environment.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { TakeOver } from './working-copy.ts'

/** Which model to ask, where it is, and how to ask it. */
export type ModelRequest = {
  /** `--model` or LOCAL_BRAIN_MODEL: this model or none. */
  name?: string
  /** From the user's configuration. Used when none of the skill's preferences is installed. */
  configured?: string
  /** Written like OLLAMA_HOST; also the address of an OpenAI-compatible server. */
  host?: string
  /** What kind of server it is. Default: it is found out. */
  kind?: EngineKind
  /** For an OpenAI-compatible server that wants a key. It is sent to `host` and nowhere else. */
  key?: string
  allowRemote?: boolean
  /** A fixed window, in tokens. */
  numCtx?: number
  options?: Record<string, number | string | boolean>
  think?: OpenOptions['think']
  /** Seconds, or a duration such as `10m`; negative: for ever. */
  keepAlive?: string | number
  /** Units at a time, where the skill only reads. More than the server takes only wait. Default 1. */
  parallel?: number
  /** Only ask a model that is in memory, with the window that it has there. Else reject with 'load-failed' at once. */
  loadedOnly?: boolean
}

/** Everything that a run is asked to do. Only doors read flags, settings and the environment. */
export type RunRequest = {
  /**
   * Name or path of a skill. Default: `fix` when changes are allowed, `ask` with a prompt, `summarize` with a shape, else
   * `code-review`.
   */
  skill?: string
  work: Work
  /**
   * Reads piped text for `work.stdin`, after everything else is checked. Undefined if none came. `signal` ends the
   * wait.
   */
  readInput?: (signal: AbortSignal) => Promise<PipedText | undefined>
  /** Default: the task for the skill's output format. */
  task?: Task
  /** The answer is JSON of this shape: a JSON Schema as JSON, or `name, age int`. */
  shape?: string
  /** Values for the inputs that the skill declares. */
  vars?: Record<string, string>
  /** The folder that tools may read. Default: the git top level, else `cwd`. */
  root?: string
  cwd: string
  model?: ModelRequest
  /**
   * Override the skill's own limits. `timeout` in seconds; `units`: review only the first ones and name the rest;
   * `findings`: how many to report (default 10, 0 is all); the rest is counted.
   */
  limits?: { turns?: number; timeout?: number; units?: number; findings?: number }
  /** Give each finding a second look; with a severity, only those at or above it. Default true. */
  verify?: boolean | Severity
  /** Don't ask about an unchanged unit again. Default true. */
  cache?: boolean
  failOn?: Severity
  /** What tools may do without asking. Default: read. */
  allow?: Access
  /** Commands may use the network. */
  network?: boolean
  /** Beginnings of the only commands that may be run. Default: any. */
  commands?: readonly string[]
  /** Commands that have to hold at the end, besides the checks of the skill. The person who gives them lets them run. */
  checks?: string[]
  /** How commands are held, and what the person's configuration adds to what they see. */
  sandbox?: {
    /** `none`: without a sandbox, each asked for unless `commands` names it. Default: `auto`. */
    kind?: 'auto' | 'none'
    /** Absolute paths that they may read besides. */
    read?: string[]
    /** Names of variables that they get besides. */
    env?: string[]
    /** Keep what they put into `~/.cache`. Default true. */
    cache?: boolean
  }
  /** Beginnings of commands: `allow` needs no question, `deny` is never run. */
  commandRules?: { allow?: string[]; deny?: string[] }
  /** What becomes of the changes besides a proposal. Default: nothing. */
  takeOver?: TakeOver
  /** Turn the suggestions of findings into a proposal. */
  fix?: boolean
  /** The report's format holds only changes: refuse a run that can't make any. */
  needsChanges?: boolean
  /** Globs of files that need no more consent than others, although something else runs or obeys them. */
  allowPaths?: readonly string[]
  /** This is a git hook: review the index that git hands over, and let tools read it instead of the working tree. */
  hook?: boolean
  /** The report's format holds only findings: refuse a skill that gives none. */
  needsFindings?: boolean
  /** How to say what to look at, where nothing is. Default: options of the command line. */
  emptyHint?: string
  paths: StorePaths
  environment: GitEnvironment
}

/** What to open a session for. `skill` is a name or a path. */
export type SessionRequest = Pick<
  RunRequest,
  | 'cwd'
  | 'root'
  | 'hook'
  | 'environment'
  | 'paths'
  | 'model'
  | 'allow'
  | 'allowPaths'
  | 'takeOver'
  | 'network'
  | 'commands'
  | 'checks'
  | 'sandbox'
  | 'commandRules'
> & {
  skill: string
  /** Tools work in the workspace itself, not in a copy. */
  direct?: boolean
  /** No program is started, whatever is allowed. */
  noCommands?: boolean
}

export type SessionContext = {
  emit: Emit
  /** Ends everything that the session started, such as git and requests to the engine. */
  signal: AbortSignal
  /** Decides about each call of a tool. Default: by what the request allows, and `approve`. */
  permit?: Permit
  /** Asks a person about what the request does not allow. */
  approve?: Approve
  /** Default: the engine that the request's host names. */
  engine?: Engine
  /** One that was loaded already. Default: the one that the request names. */
  skill?: Skill
  /** What the input makes of the skill: a written task has checks, files and a model of its own. */
  refine?: (skill: Skill, workspace: Workspace) => Promise<Skill>
  /** Reject with LocalBrainError('sandbox-failed') where commands can't be run although somebody may allow them. */
  needsSandbox?: boolean
}

/** The skill of a request that names none. Whoever allows changes wants one. */
export function defaultSkill({ allow = 'read', work, shape }: Pick<RunRequest, 'allow' | 'work' | 'shape'>): string {
  if (allow !== 'read') return 'fix'
  if (work.prompt) return 'ask'
  return shape === undefined ? 'code-review' : 'summarize'
}

export const defaultTurns = 10
export const defaultTimeout = 300
