import type * as z from 'zod'
import type { Editor } from '../workspace/edit.ts'
import type { Commands } from '../workspace/sandbox/commands.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { withOurNames } from './aliases.ts'
import { coerceTo } from './coerce.ts'
import { toJsonSchema } from './json-schema.ts'
import type { ToolSpec } from './model.ts'
import type { Access } from './access.ts'
import type { AllowedBy, Question } from './permission.ts'
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
  /** Who allowed the call that is being run. */
  approvedBy?: AllowedBy
  /** The way to a command, where there is a sandbox and a person allowed it. */
  commands?: Commands
}

/** What a call would do, worked out before anybody is asked. `run` does exactly this, or rejects. */
export type CallPlan = Pick<Question, 'preview' | 'sensitive' | 'overLimit' | 'listed'> & {
  run(context: ToolContext): Promise<string>
}

/** What is wrong with one of the arguments, as zod says it. */
export type ArgumentIssue = {
  readonly code?: string | undefined
  readonly path: readonly PropertyKey[]
  readonly message: string
  /** The type that it should have. */
  readonly expected?: unknown
  readonly minimum?: unknown
  readonly maximum?: unknown
}

/** Arguments of a call, checked by its tool. */
type CheckedArguments =
  /** `given` also has the arguments that the tool does not know. */
  | { success: true; data: Record<string, unknown>; given: unknown }
  | { success: false; error: { readonly issues: readonly ArgumentIssue[] } }

/**
 * Something that a model may call. `run` returns text for the model to read. What it throws becomes an `Error: …`
 * result (call-tool.ts), so its messages should tell the model what to do next.
 */
export type Tool = ToolSpec & {
  readonly access: Access
  /** Corrects types where that takes no guessing ("5" → 5), then validates. */
  check(args: unknown): CheckedArguments | Promise<CheckedArguments>
  /** For a tool that changes something: what the call would do. Takes checked arguments. Changes nothing. */
  plan?(args: Record<string, unknown>, context: ToolContext): Promise<CallPlan | undefined>
  /** What the call would do, for a tool without a plan. Takes checked arguments. */
  preview?(args: Record<string, unknown>, context: ToolContext): Promise<string | undefined>
  /** Takes checked arguments. */
  run(args: Record<string, unknown>, context: ToolContext): Promise<string>
}

/** A zod 4 schema of an object, known by what all of them have: these types need no zod, of whatever version. */
type ObjectSchema = { readonly _zod: { readonly output: Record<string, unknown> } }
type ArgumentsOf<T extends ObjectSchema> = T['_zod']['output']

type Definition<T extends ObjectSchema> = Pick<Tool, 'name' | 'description'> & {
  access?: Access
  parameters: T
} & (
    | {
        preview?: (args: ArgumentsOf<T>, context: ToolContext) => Promise<string>
        run: (args: ArgumentsOf<T>, context: ToolContext) => Promise<string>
      }
    | { plan: (args: ArgumentsOf<T>, context: ToolContext) => Promise<CallPlan> }
  )

/** Creates a tool whose arguments are described by a zod schema. `access` is `read` by default. */
export function defineTool<T extends ObjectSchema>(definition: Definition<T>): Tool {
  const { name, description, access = 'read' } = definition
  const preview = 'preview' in definition ? definition.preview : undefined
  const run = 'run' in definition ? definition.run : undefined
  const plan = 'plan' in definition ? definition.plan : undefined
  let schema: z.ZodObject | undefined
  // The bundle makes the schemas when they are asked for (scripts/bundle.mjs): a run needs few of them.
  const known = () => (schema ??= definition.parameters as unknown as z.ZodObject)
  let parameters: Tool['parameters'] | undefined
  const tool: Tool = {
    name,
    description,
    access,
    get parameters() {
      parameters ??= toJsonSchema(known())
      return parameters
    },
    check(args) {
      const given = coerceTo(tool.parameters, withOurNames(tool.parameters, args))
      return { ...known().safeParse(given), given }
    },
    plan: plan && ((args, context) => plan(args, context)),
    preview: preview && ((args, context) => preview(args, context)),
    async run(args, context) {
      if (run !== undefined) return run(args, context)
      if (plan === undefined) throw new Error(`"${name}" does nothing`)
      return (await plan(args, context)).run(context)
    },
  }
  return tool
}
