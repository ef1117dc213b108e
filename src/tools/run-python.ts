import * as z from 'zod'
import { defineTool } from '../core/tool.ts'
import { defaultSeconds, maxSeconds, planCommand } from './ended.ts'

const maxChars = 64 * 1024

const parameters = z.object({
  code: z
    .string()
    .refine((text) => text.trim() !== '' && text.length <= maxChars, `must have 1 to ${maxChars} characters`)
    .describe('The code to run'),
  timeout: z.number().int().min(1).max(maxSeconds).optional().describe('Seconds, 120 by default'),
})

// Through bash, which says in words of its own that there is no Python.
const python = 'command -v python3 >/dev/null || { echo "python3 is not installed"; exit 127; }; exec python3 -'

export const runPython = defineTool({
  name: 'run_python',
  description: 'Run Python code in a sandbox without network and see what it prints. It can import the workspace.',
  access: 'run',
  parameters,
  plan: async (args, context) => planCommand(args.code, asked(args), context),
})

function asked({ code, timeout = defaultSeconds }: z.infer<typeof parameters>) {
  return { listed: 'python3', program: ['bash', '-c', python], input: code, seconds: timeout }
}
