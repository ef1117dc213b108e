import type * as z from 'zod'
import type { Workspace } from '../workspace/workspace.ts'
import { coerceTo } from './coerce.ts'
import { toJsonSchema } from './json-schema.ts'
import type { ToolSpec } from './model.ts'
import type { Access } from './permission.ts'

export type ToolContext = {
  workspace: Workspace
  signal: AbortSignal
  /** Characters a result may have. */
  maxChars: number
}

/** Arguments of a call, checked by its tool. */
type CheckedArguments =
  /** `given` holds what the tool does not know, too. */
  { success: true; data: Record<string, unknown>; given: unknown } | { success: false; error: z.ZodError }

/**
 * Something a model may ask for. `run` returns the text that the model reads; what it throws becomes an
 * `Error: …` result (call-tool.ts), so its messages tell the model what to do next.
 */
export type Tool = ToolSpec & {
  readonly access: Access
  /** Puts types right as far as no meaning is guessed ("5" → 5), then validates. */
  check(args: unknown): CheckedArguments
  /** What the call would do, for the person who is asked about it. Takes checked arguments. */
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

/** A tool whose arguments a zod schema describes. `access` is `read` unless said otherwise. */
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
