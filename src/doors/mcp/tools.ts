import * as z from 'zod'
import { toJsonSchema } from '../../core/json-schema.ts'
import type { JsonSchema } from '../../core/model.ts'

export const runSkillArguments = z.strictObject({
  skill: z.string().min(1).max(100).describe('Name, from list_skills'),
  prompt: z.string().max(200_000).optional(),
  files: z.array(z.string().max(4096)).max(1000).optional().describe('Files, folders or globs below the root'),
  diff: z.enum(['staged', 'unstaged']).optional().describe('Uncommitted changes'),
  base: z.string().max(300).optional().describe('Changes since the merge base with this revision'),
  vars: z.record(z.string(), z.string()).optional().describe("Values for the skill's inputs"),
  format: z.enum(['compact', 'json']).optional(),
})

export type RunSkillArguments = z.infer<typeof runSkillArguments>

/** What a client is told of a tool. */
type ListedTool = {
  name: string
  description: string
  inputSchema: JsonSchema & { type: 'object' }
  annotations: { readOnlyHint: boolean; openWorldHint: boolean }
}

/** Everything here reads this machine only. */
export const annotations = { readOnlyHint: true, openWorldHint: false }

/** Every session of a client pays for these words. */
export function skillTools(): ListedTool[] {
  return [
    {
      name: 'list_skills',
      description: 'What a local model can do here: the name, purpose, inputs and output of each skill.',
      inputSchema: { type: 'object', properties: {} },
      annotations,
    },
    {
      name: 'run_skill',
      description:
        'Runs a skill with a local model on files, a diff or a prompt. Nothing leaves this machine. It may take minutes.',
      inputSchema: { ...toJsonSchema(runSkillArguments), type: 'object' },
      annotations,
    },
  ]
}
