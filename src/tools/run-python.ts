import * as z from 'zod'
import { defineTool } from '../core/tool.ts'
import { showEnded, useCommands } from './ended.ts'
import { defaultSeconds } from './run-command.ts'

const maxChars = 64 * 1024

const parameters = z.object({
  code: z
    .string()
    .refine((text) => text.trim() !== '' && text.length <= maxChars, `must have 1 to ${maxChars} characters`)
    .describe('The code to run'),
  timeout: z.number().int().min(1).max(600).optional().describe('Seconds, 120 by default'),
})

export const runPython = defineTool({
  name: 'run_python',
  description: 'Run Python code in a sandbox without network and see what it prints. It can import the workspace.',
  access: 'run',
  parameters,
  preview: async ({ code, timeout = defaultSeconds }, context) => {
    const commands = useCommands(context)
    await commands.check('python3')
    const { sandbox, network } = commands
    return `${code}\nin . · ${sandbox}: ${network ? 'network' : 'no network'} · up to ${timeout} s`
  },
  async run({ code, timeout = defaultSeconds }, context) {
    const commands = useCommands(context)
    await commands.check('python3')
    // Through bash, which says in words of its own that there is no Python.
    const program = [
      'bash',
      '-c',
      'command -v python3 >/dev/null || { echo "python3 is not installed"; exit 127; }; exec python3 -',
    ]
    const request = { program, input: code, in: '.', timeoutMs: timeout * 1000 }
    const ended = await commands.run(request, context.signal)
    context.workspace.refresh()
    return showEnded(ended, request.timeoutMs, context.maxChars, commands.network)
  },
})
