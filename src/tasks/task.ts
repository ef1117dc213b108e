import type { ToolCallRecord } from '../core/answer.ts'
import type { Emit } from '../core/events.ts'
import type { Capacity, JsonSchema, Message, Model, Usage } from '../core/model.ts'
import type { Permit } from '../core/permission.ts'
import type { Stop } from '../core/stop.ts'
import type { Tool } from '../core/tool.ts'
import type { LocalBrainError } from '../errors.ts'
import type { Gathered, Unit } from '../input/unit.ts'
import type { Skill } from '../skills/skill.ts'
import type { Editor } from '../workspace/edit.ts'
import type { Commands } from '../workspace/sandbox/commands.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { ReviewCache } from './findings/cache.ts'
import type { Dropped } from './findings/dropped.ts'
import type { Finding } from './findings/finding.ts'
import type { Severity } from '../skills/severity.ts'

/** Everything that a job is done with. */
export type TaskContext = {
  skill: Skill
  tools: readonly Tool[]
  permit: Permit
  workspace: Workspace
  /** Absent where nothing may be written. */
  editor?: Editor
  /** The only way to a command. Absent where no program may be started. */
  commands?: Commands
  model: Model
  emit: Emit
  /** Aborted at the deadline (reason: LocalBrainError 'timeout') or by the person. */
  signal: AbortSignal
  /** After this moment (epoch, ms) a conversation has to come to its answer. */
  answerBy: () => number
  /** Requests of one conversation at most. */
  turns: number
  /** Whether each finding is looked at twice, or only those at or above a severity: the others stay claims. */
  verify: boolean | Severity
  /** What the model is asked with, as far as the request chose it. */
  options: Record<string, unknown>
  reviews: ReviewCache
}

/** One conversation with the model: what it looks at, and the messages that start it, made when it is their turn. */
export type Job = { units: Unit[]; messages: () => Promise<Message[]> }

/** What one structured question gave: only findings whose quote is really in the input. */
export type UnitReview = { findings: Finding[]; dropped: Dropped; cached: boolean }

/** What became of one job. `text` is kept even when the job is not `ok`: nothing that was written is lost. */
export type JobResult = {
  job: Job
  ok: boolean
  stop: Stop
  text: string
  review?: UnitReview
  turns: number
  usage: Usage
  toolCalls: ToolCallRecord[]
  warnings: string[]
  /** Why it is not ok, as `notReviewed` says it. */
  problem?: string
}

/** The findings of a run; null for a task that gives none. */
export type Settled = { findings: Finding[] | null; dropped: Dropped; warnings: string[] }

/** What is known about the work before a model is asked. */
export type Checked = {
  /** True when something is to be reported whatever a model says, also when none can be asked. */
  isCertain(): boolean
  settle(results: readonly JobResult[]): Settled
}

/** The answer that a person reads, from the answers of the jobs. */
export type Finished = {
  text: string
  /** The closing conversations that it took. */
  closings: JobResult[]
  warnings: string[]
  /** The server failed before all was combined. */
  error?: LocalBrainError
}

/** What an output kind does with the input. */
export type Task = {
  givesFindings: boolean
  /** Of the model, unless the skill or a person wants otherwise. */
  temperature: number
  /** Tokens that one reply may have. */
  maxTokens: number
  /** The shape of the first reply; null for text. */
  format: JsonSchema | null
  /** Whether the first request offers the skill's tools. */
  offersTools: boolean
  /** How the input is divided into conversations. */
  division: {
    /** Tokens of input in one conversation, whatever the window holds. */
    maxTokens: number
    /** The same as a share of the window. */
    maxShare: number
    /** `piece`: each on its own · `skill`: as the skill's `batch` says · `first`: one conversation, the rest is left out. */
    by: 'piece' | 'skill' | 'first'
  }
  /** `maxFindings`: how many of the model's are reported; 0 is all. With an aborted `signal` it does what it still can. */
  check(
    gathered: Gathered,
    workspace: Workspace,
    options?: { maxFindings?: number; signal?: AbortSignal },
  ): Promise<Checked>
  run(job: Job, context: TaskContext): Promise<JobResult>
  /** Loads the code that asks: where something else has to be waited for first. */
  load?: () => Promise<unknown>
  /** The closing conversations that `finish` will need if every job is answered, with a word in place of each answer. */
  closings(jobs: readonly Job[], skill: Skill, capacity: Capacity): Job[]
  finish(results: readonly JobResult[], context: TaskContext): Promise<Finished>
  /** Whether the results are an answer, or only pieces of one. */
  isAnswered(results: readonly JobResult[]): boolean
}
