import * as z from 'zod'
import { defineTool } from '../core/tool.ts'
import { type CheckResult, runCheck } from '../workspace/sandbox/checks.ts'
import { seconds, showOutput, useCommands } from './ended.ts'

const parameters = z.object({
  name: z.string().optional().describe('One check; without it, all of them'),
})

/** Lines of a failed check that are shown. */
const shownLines = 60

export const runChecks = defineTool({
  name: 'run_checks',
  description: 'Run the checks that decide whether the work is done.',
  access: 'run',
  parameters,
  preview: async (_, context) =>
    useCommands(context)
      .checks.map(({ command }) => command)
      .join('\n'),
  async run({ name }, context) {
    const commands = useCommands(context)
    const { checks } = commands
    const { signal, maxChars } = context
    const wanted = name === undefined ? checks : checks.filter((check) => check.name === name)
    if (wanted.length === 0) {
      const names = checks.map((check) => check.name).join(', ')
      return checks.length === 0 ? 'There are no checks' : `Error: there is no check ${name}; there are: ${names}`
    }
    const lines: string[] = []
    const results: CheckResult[] = []
    for (const check of wanted) {
      const result = await runCheck(check, commands, signal)
      results.push(result)
      lines.push(`${check.name}: ${outcome(result)}`)
      if (result.state === 'failed') lines.push(lastLines(result.output, Math.floor(maxChars / wanted.length)))
    }
    context.workspace.refresh()
    // A model that is not told to stop goes on, and breaks something else.
    const allHold = results.length === checks.length && results.every(({ state }) => state === 'ok')
    return [...lines, ...(allHold ? ['All checks hold: change nothing more, and answer now'] : [])].join('\n')
  },
})

function outcome({ state, exitCode, reason, ms, check }: CheckResult): string {
  if (state === 'ok') return `ok after ${seconds(ms)}`
  if (state === 'empty') return 'nothing was run, so it proves nothing'
  if (reason === 'timeout') return `failed (took longer than ${check.timeoutMs / 1000} s)`
  return `failed (exit ${exitCode ?? 'by a signal'})`
}

function lastLines(output: string, maxChars: number): string {
  return showOutput(output.trimEnd().split('\n').slice(-shownLines).join('\n'), maxChars)
}
