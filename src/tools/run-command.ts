import * as z from 'zod'
import { defineTool } from '../core/tool.ts'
import { defaultSeconds, maxSeconds, planCommand } from './ended.ts'

const maxChars = 8 * 1024

const parameters = z.object({
  command: z
    .string()
    .refine((text) => text.trim() !== '' && text.length <= maxChars, `must have 1 to ${maxChars} characters`)
    .describe('A line of bash'),
  folder: z.string().optional().describe('Where to run it; without it, the top of the workspace'),
  timeout: z.number().int().min(1).max(maxSeconds).optional().describe('Seconds, 120 by default'),
})

type Arguments = z.infer<typeof parameters>

export const runCommand = defineTool({
  name: 'run_command',
  description: 'Run a command in a sandbox without network and see what it prints. Its input is empty.',
  access: 'run',
  parameters,
  plan: async (args, context) => planCommand(args.command, asked(args), context),
})

function asked({ command, folder, timeout = defaultSeconds }: Arguments) {
  return { listed: command, folder, seconds: timeout }
}
