import * as z from 'zod'
import { type ToolContext, defineTool } from '../core/tool.ts'
import type { Check, CheckResult } from '../workspace/sandbox/check.ts'
import { runCheck } from '../workspace/sandbox/run-check.ts'
import { consentForAll } from '../workspace/sandbox/commands.ts'
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
  async plan({ name }, context) {
    const commands = useCommands(context)
    const wanted = commands.checks.filter((check) => name === undefined || check.name === name)
    const preview = wanted.map(({ command }) => command).join('\n')
    const lines = wanted.flatMap(({ given, command }) => (given ? [] : [command]))
    const consent = await consentForAll(lines, commands)
    return { preview, ...consent, run: async (running) => runAll(name, wanted, running) }
  },
})

async function runAll(name: string | undefined, wanted: readonly Check[], context: ToolContext): Promise<string> {
  const commands = useCommands(context)
  const { signal, maxChars } = context
  if (wanted.length === 0) {
    const names = commands.checks.map((check) => check.name).join(', ')
    return names === '' ? 'There are no checks' : `Error: there is no check ${name}; there are: ${names}`
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
  const allHold = results.length === commands.checks.length && results.every(({ state }) => state === 'ok')
  return [...lines, ...(allHold ? ['All checks hold: change nothing more, and answer now'] : [])].join('\n')
}

function outcome({ state, exitCode, reason, ms, check }: CheckResult): string {
  if (state === 'ok') return `ok after ${seconds(ms)}`
  if (state === 'empty') return 'nothing was run, so it proves nothing'
  if (reason === 'timeout') return `failed (took longer than ${check.timeoutMs / 1000} s)`
  return `failed (exit ${exitCode ?? 'by a signal'})`
}

function lastLines(output: string, maxChars: number): string {
  return showOutput(output.trimEnd().split('\n').slice(-shownLines).join('\n'), maxChars)
}
