import * as z from 'zod'
import { defineTool } from '../core/tool.ts'
import { showEnded, useCommands } from './ended.ts'

const maxChars = 8 * 1024
export const defaultSeconds = 120
const maxSeconds = 600

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
  preview: async ({ command, folder = '.', timeout = defaultSeconds }, context) => {
    const commands = useCommands(context)
    await commands.check(command)
    const { sandbox, network } = commands
    const reach = network ? 'network' : 'no network'
    return `${command}\nin ${folder} · ${sandbox}: ${reach} · up to ${timeout} s`
  },
  async run({ command, folder = '.', timeout = defaultSeconds }: Arguments, context) {
    const commands = useCommands(context)
    await commands.check(command)
    const request = { program: ['bash', '-c', command], in: folder, timeoutMs: timeout * 1000 }
    const ended = await commands.run(request, context.signal)
    context.workspace.refresh()
    return showEnded(ended, request.timeoutMs, context.maxChars, commands.network)
  },
})
