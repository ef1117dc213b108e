import type * as z from 'zod'
import type { ToolSpec } from './model.ts'
import { toParameters } from './schema.ts'
import type { Workspace } from '../workspace/workspace.ts'

export type ToolContext = {
  workspace: Workspace
  signal: AbortSignal
  /** Characters a result may have. */
  maxChars: number
}

/**
 * Something a model may ask for. `run` returns the text that the model reads; what it throws becomes an
 * `Error: …` result (core/call-tool.ts), so its messages tell the model what to do next.
 */
export type Tool = {
  readonly name: string
  readonly description: string
  readonly access: 'read'
  readonly parameters: z.ZodObject
  /** The name of the argument that says most, for one-line progress. */
  readonly main?: string
  /** Takes arguments that `parameters` has validated. */
  run(args: Record<string, unknown>, context: ToolContext): Promise<string>
  /** What the model is told about it; made from `parameters`. */
  readonly spec: ToolSpec
}

type Definition<T extends z.ZodObject> = Pick<Tool, 'name' | 'description' | 'main'> & {
  parameters: T
  run: (args: z.infer<T>, context: ToolContext) => Promise<string>
}

export function defineTool<T extends z.ZodObject>({ run, ...definition }: Definition<T>): Tool {
  let spec: ToolSpec | undefined
  return {
    ...definition,
    access: 'read',
    run: (args, context) => run(args as z.infer<T>, context),
    get spec() {
      const { name, description, parameters } = definition
      spec ??= { name, description, parameters: toParameters(parameters) }
      return spec
    },
  }
}
