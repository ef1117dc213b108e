import * as z from 'zod'
import { droppedSchema, findingSchema } from '../tasks/findings/finding.ts'

const place = { path: z.string(), startLine: z.number().int().optional(), endLine: z.number().int().optional() }

/** One changed file. Paths are relative to the workspace. */
const changeSchema = z.object({
  path: z.string(),
  kind: z.enum(['create', 'modify', 'delete', 'move']),
  /** The old path of one that moved. */
  from: z.string().optional(),
  /** Lines; 0 for a binary file. */
  added: z.number(),
  removed: z.number(),
  binary: z.boolean(),
  /** As git writes it. */
  mode: z.string(),
  /** Some program runs it, or obeys it, without being asked. */
  sensitive: z.boolean(),
  outsideTargets: z.boolean(),
  by: z.enum(['tool', 'command']),
  /** Null where there was, or is, no file. */
  sha256Before: z.string().nullable(),
  sha256After: z.string().nullable(),
})

/** The report of one run (`local-brain.report/1`). Changes may only add to it. */
export const reportSchema = z.object({
  schema: z.literal('local-brain.report/1'),
  tool: z.object({ name: z.literal('local-brain'), version: z.string() }),
  skill: z.string(),
  model: z
    .object({
      name: z.string(),
      digest: z.string(),
      /** The window of the run, in tokens. */
      contextLength: z.number(),
      toolCalling: z.enum(['native', 'recovered', 'prompted', 'none']),
    })
    .nullable(),
  scope: z.object({
    kind: z.enum(['files', 'staged', 'unstaged', 'base', 'stdin', 'prompt']),
    base: z.string().nullable(),
    root: z.string(),
  }),
  answer: z.string(),
  findings: z.array(findingSchema).nullable(),
  /** How many parts were asked about with success, and of how many. `reviewed` joins neighbouring ones. */
  parts: z.object({ reviewed: z.number(), of: z.number() }).optional(),
  reviewed: z.array(z.object({ ...place, startLine: z.number().int(), endLine: z.number().int() })),
  /** `gap`: left out because of a limit or a failure, so the run is incomplete. Otherwise it was left out by rule. */
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
  stop: z.enum([
    'answered',
    'turn_limit',
    'repeated',
    'refused',
    'time_limit',
    'context_full',
    'unusable',
    'interrupted',
  ]),
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
  /** What the run might do. Present when it might do more than read. */
  access: z
    .object({
      /** The most that the skill asks for. */
      skill: z.enum(['read', 'write', 'run']),
      /** What the person allowed without being asked. */
      allowed: z.array(z.enum(['write', 'run', 'net'])),
      sandbox: z.string().nullable(),
      network: z.boolean(),
      /** Where it worked: in a copy of the workspace, or in the workspace itself. */
      scratch: z.enum(['overlay', 'copy']).nullable(),
    })
    .optional(),
  changes: z.array(changeSchema).optional(),
  /** As `git apply` takes it. Null above 1 MB. */
  patch: z.string().nullable().optional(),
  /** The same, byte for byte, for as long as the proposal is kept. */
  patchFile: z.string().nullable().optional(),
  /** Null when nothing was changed. */
  proposal: z.object({ id: z.string(), applied: z.boolean(), branch: z.string().nullable() }).nullable().optional(),
  approvals: z.object({ asked: z.number(), allowed: z.number(), refused: z.number() }).optional(),
  exitCode: z.number(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
})

export type Report = z.infer<typeof reportSchema>

/** Turns a report into text. Pure: prints nothing, reads nothing. */
export type Reporter = (report: Report) => string
