import { resolve } from 'node:path'
import type { Command } from 'commander'
import { whereabouts } from '../access.ts'
import { modelNamed } from '../aliases.ts'
import { loadConfig } from '../config.ts'
import { askingFlags } from '../flag-sets.ts'
import { type Flag, defineFlags, runFlags } from '../flags.ts'
import { createLog } from '../log-file.ts'
import { readFlags } from '../request.ts'
import { readSettings } from '../settings.ts'
import { explain } from './explain.ts'

const { model, root, timeout, logFile } = runFlags

const flags: Flag[] = [
  { ...root, help: "the folder to work in (default: the client's first root, else this folder)" },
  model,
  ...askingFlags,
  { ...timeout, help: "for one run (default: the skill's own)" },
  logFile,
]

export function defineMcp(command: Command): void {
  command.option('--tools', 'offer the tools that read files and git as well')
  defineFlags(command, flags)
  explain(command, {
    examples: [
      ['claude mcp add local-brain -- local-brain mcp', 'for Claude Code'],
      ['local-brain mcp --tools -r ~/shop', 'with the tools that read, in one folder'],
    ],
    files:
      'reads the folder that the client names; writes what --log-file names. docs/mcp.md has the lines for others.',
  }).action(mcpCommand)
}

async function mcpCommand(values: Record<string, unknown>): Promise<void> {
  const settings = readSettings()
  const config = await loadConfig(settings.paths)
  const { request, shown } = readFlags(values, settings)
  const { cwd, paths, environment } = settings
  const log = await createLog({ logFile: shown.logFile })
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => stop.abort())
  const { serveMcp } = await import('../../mcp/mcp.ts')
  await serveMcp(
    {
      cwd,
      paths,
      environment,
      root: request.root === undefined ? undefined : resolve(cwd, request.root),
      tools: values['tools'] === true,
      timeout: request.limits.timeout,
      model: {
        ...request.model,
        name: modelNamed(request.model.name ?? settings.model, config),
        configured: config.model,
        ...whereabouts(request.model, settings, config),
        keepAlive: request.model.keepAlive ?? config.keep_alive,
      },
      emit: log.write,
    },
    { input: process.stdin, output: process.stdout, signal: stop.signal },
  )
  await log.close()
}
