import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { LocalBrainError } from '../../../errors.ts'
import type { ServeRequest } from '../../server/create-server.ts'
import { whereabouts } from '../access.ts'
import { modelNamed } from '../aliases.ts'
import { type Config, loadConfig } from '../config.ts'
import { readPositive } from '../flag-values.ts'
import { type Flag, defineFlags, runFlags } from '../flags.ts'
import { writeOut } from '../output.ts'
import { readFlags } from '../request.ts'
import { banner } from '../serve-banner.ts'
import { createServeLog } from '../serve-log.ts'
import { consentOf } from '../standing-consent.ts'
import { type Settings, readSettings } from '../settings.ts'
import { explain } from './explain.ts'
import { writeAside } from '../terminal.ts'

type ServeFlags = {
  port?: number
  bind?: string
  addDir?: string[]
  allowedDirs?: string[]
  inject?: ServeRequest['inject']
  injectTools?: boolean
  maxIterations?: number
  defaultModel?: string
  showTools?: ServeRequest['showTools']
  token?: string
  allowOrigin?: string[]
  allowHost?: string[]
  parallel?: number
  queue?: number
  skills?: boolean
  /** A list of beginnings, or whether any may be run. */
  commands?: string[] | boolean
  ollamaUrl?: string
  workingDir?: string
  workspace?: string
  logLevel?: string
  reload?: boolean
}

const { root, host, allowRemote, allow, allowPath, numCtx, think, keepAlive, quiet, verbose, logFile } = runFlags

/** Those that a run has too. */
const shared: Flag[] = [
  { ...runFlags.model, help: 'the same as --default-model' },
  { ...root, help: 'the folder that tools work in (default: the git top level, else this folder)' },
  host,
  runFlags.engine,
  allowRemote,
  allow,
  runFlags.commands,
  { ...runFlags.sandbox, help: 'none: commands run without one, and only those that --commands names' },
  allowPath,
  { ...runFlags.timeout, help: 'for one request (default 600)' },
  numCtx,
  think,
  keepAlive,
  { ...quiet, help: 'no line for each request' },
  verbose,
  logFile,
]

export function defineServe(command: Command): void {
  const option = (flags: string, help: string) => new Option(flags, help)
  const list = (value: string, before: string[] = []) => [...before, value]
  const own = [
    option('-p, --port <n>', 'port (default 8080; 0 picks one)').argParser(port),
    option('-H, --bind <address>', 'address to listen on (default 127.0.0.1; any other needs a token)'),
    option('--token <token>', 'what clients have to send; better in LOCAL_BRAIN_TOKEN'),
    option('--default-model <name>', 'answers for models that are not installed (default: automatic choice)'),
    option('--add-dir <dir>', 'another folder that tools may read, repeatable').argParser(list),
    option('--no-commands', 'start no program, whatever is allowed'),
    option('--inject <when>', 'whom to offer the tools (default: auto, requests that bring none)').choices([
      'auto',
      'always',
      'never',
    ]),
    option('--max-iterations <n>', 'requests to the model for one request (default 10)').argParser(readPositive),
    option('--show-tools <how>', 'where calls of tools are shown (default: reasoning)').choices([
      'reasoning',
      'text',
      'off',
    ]),
    option('--parallel <n>', 'requests at a time (default 1)').argParser(readPositive),
    option('--queue <n>', 'requests that may wait (default 16)').argParser(readPositive),
    option('--allow-origin <origin>', 'a web page that may ask, repeatable').argParser(list),
    option('--allow-host <name>', 'a name by which clients may call this server, repeatable').argParser(list),
    option('--no-skills', 'offer no skills as models'),
    ...seedOptions(),
  ]
  for (const one of own) command.addOption(one)
  explain(defineFlags(command, shared), {
    about: `Like ollama-tools-proxy, whose options and variables are understood
(--working-dir, --allowed-dirs, --ollama-url, --command-allowlist,
--no-inject-tools, --log-level; OLLAMA_BASE_URL, OLLAMA_TOOLS_PORT,
OLLAMA_TOOLS_HOST), except:
  it listens on this machine only   there: on every address
  tools only read until --allow     there: they write and run
  --host is the Ollama server       there: the address, which is -H, --bind here

Clients, limits and what it keeps out: docs/serve.md`,
    examples: [
      ['local-brain serve', 'tools that only read, on 127.0.0.1:8080'],
      ['local-brain serve --allow write,run --port 0', 'prints the port and a token for clients'],
      ['local-brain serve --default-model qwen3:8b -r ~/shop', ''],
    ],
    files:
      'reads the folder that tools work in; what they change can be taken back, from ~/.local/state/local-brain/changes.',
  }).action(serveCommand)
}

/** Names that ollama-tools-proxy has for the same. */
function seedOptions(): Option[] {
  const others = [
    '-w, --working-dir <dir>',
    '--workspace <dir>',
    '--ollama-url <url>',
    '--command-allowlist <list>',
    '--allowed-dirs <dirs...>',
    '--no-inject-tools',
    '--log-level <level>',
    '--reload',
  ]
  return others.map((flags) => new Option(flags).hideHelp())
}

function port(value: string): number {
  const number = Number(value)
  if (!/^\d+$/.test(value) || number > 65_535) throw new InvalidArgumentError('It has to be a port from 0 to 65535.')
  return number
}

async function serveCommand(flags: ServeFlags & Record<string, unknown>, command: Command): Promise<void> {
  const settings = readSettings()
  const config = await loadConfig(settings.paths)
  if (flags.reload) throw new LocalBrainError('usage', 'There is no --reload', { hint: 'npm run dev' })
  const asked = readFlags({ ...flags, commands: Array.isArray(flags.commands) ? flags.commands : undefined }, settings)
  const { shown } = asked
  const level = flags.logLevel?.toLowerCase()
  const quiet = shown.quiet ?? (level === 'error' || level === 'warning')
  const log = await createServeLog({ quiet, verbose: shown.verbose ?? level === 'debug', file: shown.logFile })
  const request = await serveRequest(flags, { settings, config, asked, isGiven: isGivenIn(command) })
  const { serve } = await import('../../server/create-server.ts')
  const served = await serve({ ...request, emit: log.emit })
  for (const warning of served.warnings) await writeAside('warning', warning)
  await writeOut(banner(served, request))
  await ended()
  await served.close()
  await log.close()
  process.exitCode = 0
}

/** Asked to end, which is the usual end of a server. A second signal ends the process at once. */
function ended(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => resolve())
  })
}

type Around = {
  settings: Settings
  config: Config
  asked: ReturnType<typeof readFlags>
  isGiven: (name: string) => boolean
}

function isGivenIn(command: Command): Around['isGiven'] {
  return (name) => command.getOptionValueSource(name) === 'cli'
}

async function serveRequest(flags: ServeFlags, around: Around): Promise<Omit<ServeRequest, 'emit'>> {
  const { settings, config, asked, isGiven } = around
  const { env } = process
  const { cwd, paths, environment } = settings
  const { allow = 'read', allowPaths, network, model, limits } = asked.request
  const seedHost = flags.ollamaUrl ?? (env['OLLAMA_BASE_URL'] || undefined)
  const folder = asked.request.root ?? flags.workingDir ?? flags.workspace
  const wanted = { ...asked.request, root: folder }
  const { commandRules, sandbox } = consentOf(wanted, config, { home: settings.home, standing: false })
  return {
    cwd,
    paths,
    environment,
    root: folder === undefined ? undefined : resolve(cwd, folder),
    addDirs: [...(flags.addDir ?? []), ...(flags.allowedDirs ?? [])].map((dir) => resolve(cwd, dir)),
    allow,
    allowPaths,
    network,
    commands: asked.request.commands,
    noCommands: flags.commands === false,
    commandRules,
    sandbox,
    port: flags.port ?? portIn(env['OLLAMA_TOOLS_PORT']) ?? config.serve?.port ?? 8080,
    bind: flags.bind ?? (env['OLLAMA_TOOLS_HOST'] || undefined),
    token: flags.token ?? (env['LOCAL_BRAIN_TOKEN'] || (await tokenIn(config.serve?.token_file, env['HOME']))),
    allowOrigins: flags.allowOrigin,
    allowHosts: flags.allowHost,
    inject: isGiven('injectTools') ? 'never' : flags.inject,
    showTools: flags.showTools,
    maxIterations: flags.maxIterations,
    timeout: limits.timeout,
    parallel: flags.parallel ?? settings.parallel,
    queue: flags.queue,
    skills: flags.skills,
    defaultModel: modelNamed(flags.defaultModel ?? model.name ?? settings.model, config),
    configured: config.model,
    ...whereabouts({ host: model.host ?? seedHost, kind: model.kind }, settings, config),
    allowRemote: model.allowRemote,
    numCtx: model.numCtx,
    think: model.think,
    keepAlive: model.keepAlive ?? config.keep_alive,
  }
}

function portIn(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new LocalBrainError('usage', `OLLAMA_TOOLS_PORT is "${text}", which is not a port`, {
    hint: 'unset OLLAMA_TOOLS_PORT',
  })
}

async function tokenIn(file: string | undefined, home = ''): Promise<string | undefined> {
  if (file === undefined) return undefined
  try {
    return (await readFile(file.replace(/^~(?=\/)/, home), 'utf8')).trim()
  } catch (cause) {
    throw new LocalBrainError('invalid-config', `The token file "${file}" can't be read`, {
      hint: `ls -l ${file}`,
      cause,
    })
  }
}
