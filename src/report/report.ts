import * as z from 'zod'
import type { ToolCallRecord } from '../core/answer.ts'
import type { ToolCalling, Usage } from '../core/model.ts'
import { type Access, accessLevels } from '../core/access.ts'
import { type Stop, stops } from '../core/stop.ts'
import type { ScopeKind } from '../input/unit.ts'
import type { Dropped } from '../tasks/findings/dropped.ts'
import { type ChangeKind, changeKinds } from '../workspace/edit-policy.ts'
import type { CheckState } from '../workspace/sandbox/check.ts'
import type { ApprovedBy } from '../workspace/sandbox/told.ts'
import { type Finding, droppedSchema, findingSchema } from '../tasks/findings/finding.ts'

type Place = { path: string; startLine?: number | undefined; endLine?: number | undefined }

type RunAccess = {
  /** The most that the skill asks for. */
  skill: Access
  /** What the person allowed without being asked. */
  allowed: ('write' | 'run' | 'net')[]
  sandbox: string | null
  network: boolean
  /** Where it worked: in a copy of the workspace, or in the workspace itself. */
  scratch: 'overlay' | 'copy' | null
}

/** One changed file. Paths are relative to the workspace. */
type FileChange = {
  path: string
  kind: ChangeKind
  /** The old path of one that moved. */
  from?: string | undefined
  /** Lines; 0 for a binary file. */
  added: number
  removed: number
  binary: boolean
  /** As git writes it. */
  mode: string
  /** Some program runs it, or obeys it, without being asked. */
  sensitive: boolean
  /** Set for a file that the written task does not name among its files. */
  outsideTargets: boolean
  /** A test, or how it is run, that was changed while its check failed. */
  weakens?: boolean | undefined
  by: 'tool' | 'command'
  /** Null where there was, or is, no file. */
  sha256Before: string | null
  sha256After: string | null
}

/** A command that was run, by a model or as a check. */
export type CommandRow = {
  command: string
  /** Relative to the workspace. */
  folder: string
  /** Null when a signal ended it. */
  exitCode: number | null
  ms: number
  /** Printed in all. */
  bytes: number
  sandbox: string
  approvedBy: ApprovedBy | null
}

/** A check before the model worked and afterwards. */
export type CheckRow = {
  name: string
  command: string
  /** The others decide nothing. */
  required: boolean
  /** `empty`: it ended well but tested nothing. */
  before: CheckState
  after: CheckState
  /** It failed once after the work, and held when it was run again. */
  flaky?: boolean | undefined
  /** Of the last time that it ran: null when a signal ended it, or when it never ran. */
  exitCode: number | null
  ms: number
  /** The end of what it printed, at most 4 kB. */
  output: string
}

/** Something that has to be true once a written task is done. */
export type CriterionRow = {
  text: string
  /**
   * `met`: its check failed before and holds now · `held`: its check held before and holds now, or a person ticked it
   * before the work began · `judged`: a model says so and quotes a line that the patch adds · `failed`: its check fails ·
   * `open`: nothing shows that it is true
   */
  state: 'met' | 'held' | 'judged' | 'failed' | 'open'
  /** The check that decides it. */
  check: string | null
  quote: string | null
}

/** The report of one run (`local-brain.report/1`). Changes may only add to it. */
export type Report = {
  schema: 'local-brain.report/1'
  tool: { name: 'local-brain'; version: string }
  skill: string
  /** `contextLength`: the window of the run, in tokens. Null when no model was asked. */
  model: { name: string; digest: string; contextLength: number; toolCalling: ToolCalling } | null
  scope: { kind: ScopeKind; base: string | null; root: string }
  answer: string
  /** Absent for Markdown. Plain text may be meant for another program and has nothing added to it. */
  answerFormat?: 'text'
  /** Null for a skill that gives none. */
  findings: Finding[] | null
  /** The kinds of defect that the skill looks for in place of the built-in ones. */
  rules?: { id: string; description: string }[] | undefined
  /** The project's own review rules that the model was given, and the revision that they were read from. */
  projectRules?: { path: string; revision: string; clipped: boolean } | undefined
  /** How many parts were asked about with success, and of how many. `reviewed` joins neighbouring ones. */
  parts?: { reviewed: number; of: number } | undefined
  reviewed: { path: string; startLine: number; endLine: number }[]
  /** `gap`: left out because of a limit or a failure, so the run is incomplete. Otherwise it was left out by rule. */
  notReviewed: (Place & { reason: string; gap: boolean })[]
  dropped: Dropped
  toolCalls: ToolCallRecord[]
  turns: number
  stop: Stop
  /** Sums over all calls; times in milliseconds. */
  usage: Usage & { totalMs: number; cacheHits: number }
  warnings: string[]
  /** What the run might do. Present when it might do more than read. */
  access?: RunAccess | undefined
  changes?: FileChange[] | undefined
  /** As `git apply` takes it. Null above 1 MB. */
  patch?: string | null | undefined
  /** The same, byte for byte, for as long as the proposal is kept. */
  patchFile?: string | null | undefined
  /** Null when nothing was changed. */
  proposal?: { id: string; applied: boolean; branch: string | null } | null | undefined
  /** What the program itself ran before the model worked and afterwards. Present when there was something to run. */
  checks?: CheckRow[] | undefined
  /** What has to be true once a written task is done. The three are present in the report of one. */
  criteria?: CriterionRow[] | undefined
  /** How many attempts there were. */
  rounds?: number | undefined
  /** A check was run at the end, and tested something. */
  verified?: boolean | undefined
  /** Those that were run to an end. Present when programs may be started. */
  commands?: CommandRow[] | undefined
  approvals?: { asked: number; allowed: number; refused: number } | undefined
  exitCode: number
  /** Only when it failed. */
  error?: { code: string; message: string; hint?: string | undefined } | undefined
}

const place = { path: z.string(), startLine: z.number().int().optional(), endLine: z.number().int().optional() }

const changeSchema = z.object({
  path: z.string(),
  kind: z.enum(changeKinds),
  from: z.string().optional(),
  added: z.number(),
  removed: z.number(),
  binary: z.boolean(),
  mode: z.string(),
  sensitive: z.boolean(),
  outsideTargets: z.boolean(),
  weakens: z.boolean().optional(),
  by: z.enum(['tool', 'command']),
  sha256Before: z.string().nullable(),
  sha256After: z.string().nullable(),
})

const checkState = z.enum(['ok', 'failed', 'empty', 'not_run'])

const checkSchema = z.object({
  name: z.string(),
  command: z.string(),
  required: z.boolean(),
  before: checkState,
  after: checkState,
  flaky: z.boolean().optional(),
  exitCode: z.number().nullable(),
  ms: z.number(),
  output: z.string(),
})

const criterionSchema = z.object({
  text: z.string(),
  state: z.enum(['met', 'held', 'judged', 'failed', 'open']),
  check: z.string().nullable(),
  quote: z.string().nullable(),
})

const commandSchema = z.object({
  command: z.string(),
  folder: z.string(),
  exitCode: z.number().nullable(),
  ms: z.number(),
  bytes: z.number(),
  sandbox: z.string(),
  approvedBy: z.enum(['person', 'allow', 'rule', 'check']).nullable(),
})

/**
 * The shape of a report that is read back, and the published JSON Schema. Left out of the library's types, which need no
 * package.
 * @internal
 */
export const reportSchema = z.object({
  schema: z.literal('local-brain.report/1'),
  tool: z.object({ name: z.literal('local-brain'), version: z.string() }),
  skill: z.string(),
  model: z
    .object({
      name: z.string(),
      digest: z.string(),
      contextLength: z.number(),
      toolCalling: z.enum(['native', 'recovered', 'prompted', 'none']),
    })
    .nullable(),
  scope: z.object({
    kind: z.enum(['files', 'staged', 'unstaged', 'base', 'stdin', 'prompt', 'spec']),
    base: z.string().nullable(),
    root: z.string(),
  }),
  answer: z.string(),
  answerFormat: z.literal('text').optional(),
  findings: z.array(findingSchema).nullable(),
  rules: z.array(z.object({ id: z.string(), description: z.string() })).optional(),
  projectRules: z.object({ path: z.string(), revision: z.string(), clipped: z.boolean() }).optional(),
  parts: z.object({ reviewed: z.number(), of: z.number() }).optional(),
  reviewed: z.array(z.object({ ...place, startLine: z.number().int(), endLine: z.number().int() })),
  notReviewed: z.array(z.object({ ...place, reason: z.string(), gap: z.boolean() })),
  dropped: droppedSchema,
  toolCalls: z.array(
    z.object({
      turn: z.number(),
      name: z.string(),
      arguments: z.record(z.string(), z.unknown()),
      ok: z.boolean(),
      recovered: z.boolean(),
      /** The model called the tool by a name that other programs give it. */
      alias: z.boolean().optional(),
      chars: z.number(),
      ms: z.number(),
    }),
  ),
  turns: z.number(),
  stop: z.enum(stops),
  usage: z.object({
    promptTokens: z.number(),
    outputTokens: z.number(),
    loadMs: z.number(),
    promptMs: z.number(),
    outputMs: z.number(),
    totalMs: z.number(),
    modelCalls: z.number(),
    cacheHits: z.number(),
  }),
  warnings: z.array(z.string()),
  access: z
    .object({
      skill: z.enum(accessLevels),
      allowed: z.array(z.enum(['write', 'run', 'net'])),
      sandbox: z.string().nullable(),
      network: z.boolean(),
      scratch: z.enum(['overlay', 'copy']).nullable(),
    })
    .optional(),
  changes: z.array(changeSchema).optional(),
  patch: z.string().nullable().optional(),
  patchFile: z.string().nullable().optional(),
  proposal: z.object({ id: z.string(), applied: z.boolean(), branch: z.string().nullable() }).nullable().optional(),
  checks: z.array(checkSchema).optional(),
  criteria: z.array(criterionSchema).optional(),
  rounds: z.number().optional(),
  verified: z.boolean().optional(),
  commands: z.array(commandSchema).optional(),
  approvals: z.object({ asked: z.number(), allowed: z.number(), refused: z.number() }).optional(),
  exitCode: z.number(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
}) satisfies z.ZodType<Report>

/** Turns a report into text. Pure: prints nothing, reads nothing. */
export type Reporter = (report: Report, root?: string) => string | Promise<string>
