import type * as z from 'zod'
import type { Editor } from '../workspace/edit.ts'
import type { Check } from '../workspace/sandbox/checks.ts'
import type { Commands } from '../workspace/sandbox/commands.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { withOurNames } from './aliases.ts'
import { coerceTo } from './coerce.ts'
import { toJsonSchema } from './json-schema.ts'
import type { ToolSpec } from './model.ts'
import type { Access, Question } from './permission.ts'
import type { Seen } from './seen.ts'

export type ToolContext = {
  workspace: Workspace
  signal: AbortSignal
  /** Maximum characters of a result. */
  maxChars: number
  /** The only way to write. Absent where nothing may be written. */
  editor?: Editor
  /** What the model has read of the files in this conversation. */
  seen?: Seen
  /** The way to a command, where there is a sandbox and a person allowed it. */
  commands?: Commands
  /** Commands whose results decide. */
  checks?: readonly Check[]
}

/** What a call would do, worked out before anybody is asked. `run` does exactly this, or rejects. */
export type CallPlan = Pick<Question, 'preview' | 'sensitive' | 'overLimit'> & {
  run(context: ToolContext): Promise<string>
}

/** Arguments of a call, checked by its tool. */
type CheckedArguments =
  /** `given` also has the arguments that the tool does not know. */
  { success: true; data: Record<string, unknown>; given: unknown } | { success: false; error: z.ZodError }

/**
 * Something that a model may call. `run` returns text for the model to read. What it throws becomes an `Error: …`
 * result (call-tool.ts), so its messages should tell the model what to do next.
 */
export type Tool = ToolSpec & {
  readonly access: Access
  /** Corrects types where that takes no guessing ("5" → 5), then validates. */
  check(args: unknown): CheckedArguments
  /** For a tool that changes something: what the call would do. Takes checked arguments. Changes nothing. */
  plan?(args: Record<string, unknown>, context: ToolContext): Promise<CallPlan>
  /** What the call would do, for a tool without a plan. Takes checked arguments. */
  preview?(args: Record<string, unknown>, context: ToolContext): Promise<string>
  /** Takes checked arguments. */
  run(args: Record<string, unknown>, context: ToolContext): Promise<string>
}

type Definition<T extends z.ZodObject> = Pick<Tool, 'name' | 'description'> & {
  access?: Access
  parameters: T
} & (
    | {
        preview?: (args: z.infer<T>, context: ToolContext) => Promise<string>
        run: (args: z.infer<T>, context: ToolContext) => Promise<string>
      }
    | { plan: (args: z.infer<T>, context: ToolContext) => Promise<CallPlan> }
  )

/** Creates a tool whose arguments are described by a zod schema. `access` is `read` by default. */
export function defineTool<T extends z.ZodObject>(definition: Definition<T>): Tool {
  const { name, description, access = 'read', parameters: schema } = definition
  const { preview, run, plan } = { preview: undefined, run: undefined, plan: undefined, ...definition }
  let parameters: Tool['parameters'] | undefined
  const tool: Tool = {
    name,
    description,
    access,
    get parameters() {
      parameters ??= toJsonSchema(schema)
      return parameters
    },
    check(args) {
      const given = coerceTo(tool.parameters, withOurNames(tool.parameters, args))
      return { ...schema.safeParse(given), given }
    },
    plan: plan && ((args, context) => plan(args as z.infer<T>, context)),
    preview: preview && ((args, context) => preview(args as z.infer<T>, context)),
    async run(args, context) {
      if (run !== undefined) return run(args as z.infer<T>, context)
      return (await plan(args as z.infer<T>, context)).run(context)
    },
  }
  return tool
}
