import type * as z from 'zod'
import type { Workspace } from '../workspace/workspace.ts'
import { coerceTo } from './coerce.ts'
import { toJsonSchema } from './json-schema.ts'
import type { ToolSpec } from './model.ts'
import type { Access } from './permission.ts'

export type ToolContext = {
  workspace: Workspace
  signal: AbortSignal
  /** Maximum characters of a result. */
  maxChars: number
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
  /** What the call would do, for the person who is asked to allow it. Takes checked arguments. */
  preview?(args: Record<string, unknown>, context: ToolContext): Promise<string>
  /** Takes checked arguments. */
  run(args: Record<string, unknown>, context: ToolContext): Promise<string>
}

type Definition<T extends z.ZodObject> = Pick<Tool, 'name' | 'description'> & {
  access?: Access
  parameters: T
  preview?: (args: z.infer<T>, context: ToolContext) => Promise<string>
  run: (args: z.infer<T>, context: ToolContext) => Promise<string>
}

/** Creates a tool whose arguments are described by a zod schema. `access` is `read` by default. */
export function defineTool<T extends z.ZodObject>(definition: Definition<T>): Tool {
  const { name, description, access = 'read', parameters: schema, preview, run } = definition
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
      const given = coerceTo(tool.parameters, args)
      return { ...schema.safeParse(given), given }
    },
    preview: preview && ((args, context) => preview(args as z.infer<T>, context)),
    run: (args, context) => run(args as z.infer<T>, context),
  }
  return tool
}
