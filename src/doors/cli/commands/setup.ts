import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { embeddedFolder } from '../../../engines/find.ts'
import { LocalBrainError } from '../../../errors.ts'
import { escapeLine } from '../../../text/escape.ts'
import type { AccessOptions } from '../access.ts'
import { type Config, loadConfig } from '../config.ts'
import { defineFlags, runFlags } from '../flags.ts'
import { onInterrupt } from '../interrupt.ts'
import { withCommands } from '../introduction.ts'
import { writeErr, writeOut } from '../output.ts'
import { type Ready, carryOut } from '../setup/carry-out.ts'
import { canAsk, consents } from '../setup/consent.ts'
import { type Scene, lookAround } from '../setup/look.ts'
import { type Plan, makePlan } from '../setup/plan.ts'
import { installText, measuredText, planText, sceneText, tinyText } from '../setup/words.ts'
import { paragraphs, wrapped } from '../terminal.ts'
import { type Settings, configFile, readSettings } from '../settings.ts'
import { set } from './config.ts'
import { explain } from './explain.ts'

type SetupFlags = AccessOptions & { model?: string; yes?: boolean; dryRun?: boolean }

export function defineSetup(command: Command): void {
  defineFlags(command, [runFlags.host, runFlags.engine, runFlags.allowRemote])
    .option('--model <name|file.gguf|tiny>', 'a model of the server, weights that you have, or the tiny model')
    .option('--yes', 'do it, and write the configuration, without asking')
    .option('--dry-run', 'say what would be done, and do nothing')
    .action(setUp)
  explain(command, {
    about: `It looks for Ollama and for the embedded engine, gets the model that fits this
machine, tries it with a tool call and a structured reply, says how fast it is,
and makes it the default. Without a server it offers the embedded engine, which
npm installs into local-brain's own folder, and a tiny model, to see it run and
not to believe it. Without a terminal nothing is installed or written unless
--yes is there. Interrupted, it goes on the next time.`,
    examples: [
      ['local-brain setup', 'look, ask, set up'],
      ['local-brain setup --dry-run', 'say what would be done'],
      ['local-brain setup --model qwen3:4b --yes', ''],
      ['local-brain setup --host http://127.0.0.1:8080/v1', ''],
      ['local-brain setup --engine embedded --model ~/qwen3-8b.gguf', ''],
    ],
    files:
      'the engine and the tiny model are in ~/.local/state/local-brain; a GGUF file of yours stays where it is; the ' +
      'default is in ~/.config/local-brain/config.yaml.',
  })
}

/** From nothing to a first answer. */
async function setUp(flags: SetupFlags): Promise<void> {
  const settings = readSettings()
  const config = await loadConfig(settings.paths)
  const folder = embeddedFolder(settings.paths)
  const { allowRemote = false } = flags
  const { signal, stop, code } = onInterrupt()
  let scene: Scene | undefined
  try {
    scene = await lookAround({ options: flags, settings, config }, signal)
    await writeOut(sceneText(scene))
    const model = flags.model ?? (flags.engine === 'embedded' ? undefined : settings.model)
    const wish = { engine: flags.engine, model, configured: config.model, allowRemote, folder }
    if ('fault' in scene.server && flags.engine === undefined) {
      await writeOut(withCommands(installText(scene.machine), process.stdout.columns))
    }
    const plan = await makePlan(scene, { ...wish, ollamaFolders: ollamaFolders(settings) })
    await writeOut(paragraphs(planText(plan, folder, scene.machine)))
    if (flags.dryRun) return
    if (plan.how !== 'use' && !flags.yes) await askFirst(plan, signal)
    const ready = await carryOut(plan, { settings, folder, allowRemote, signal })
    await writeOut(measuredText(ready.model, ready.measured))
    if (ready.model === 'tiny') await writeOut(paragraphs(tinyText))
    await makeDefault(ready, { flags, settings, config, scene }, signal)
    await writeOut(`\n${wrapped('Now: ', 'local-brain -s code-review -f <file>', process.stdout)}\n`)
  } finally {
    scene?.close()
    stop()
    process.exitCode = code() ?? process.exitCode
  }
}

async function askFirst(plan: Plan, signal: AbortSignal): Promise<void> {
  if (!canAsk()) {
    throw new LocalBrainError('usage', 'Nothing is installed without being asked', { hint: 'add --yes, or --dry-run' })
  }
  const what = plan.how === 'pull' ? 'Pull it?' : 'Set that up?'
  if (await consents(what, signal)) return
  throw new LocalBrainError('interrupted', 'Nothing was installed', { hint: 'local-brain setup --yes' })
}

type Chosen = { flags: SetupFlags; settings: Settings; config: Config; scene: Scene }

/** Writes what later runs need to find this model, when that is wanted. */
async function makeDefault(ready: Ready, chosen: Chosen, signal: AbortSignal): Promise<void> {
  const { flags, settings } = chosen
  const changes = changesFor(ready, chosen)
  if (changes.length === 0) return
  const file = configFile(settings.paths)
  const shown = escapeLine(file.startsWith(`${settings.home}/`) ? `~${file.slice(settings.home.length)}` : file)
  const lines = changes.map(([key, value]) => `${key}: ${value}`).join(', ')
  if (!flags.yes && !(await mayWrite(`Write ${lines} to ${shown}?`, signal))) {
    const commands = changes.map(([key, value]) => `  local-brain config set ${key} ${value}\n`)
    return writeErr(`To make it the default:\n${commands.join('')}`)
  }
  for (const [key, value] of changes) await set(file, key.split('.'), value)
  await writeOut(paragraphs(`\nThe default now: ${lines} (${shown})\n`))
}

async function mayWrite(question: string, signal: AbortSignal): Promise<boolean> {
  if (!canAsk()) return false
  await writeErr('\n')
  return consents(question, signal)
}

/** Keys and values of the configuration that are not as they have to be. */
function changesFor({ from, model }: Ready, { flags, config, scene }: Chosen): [key: string, value: string][] {
  const { name, url } = from.engine
  if (name === 'embedded') {
    // Where no address is named and no Ollama answers, it is used anyway.
    const isFound = !scene.isNamed && 'fault' in scene.server
    return isFound || config.engine?.kind === 'embedded' ? [] : [['engine.kind', 'embedded']]
  }
  const address: [string, string][] = flags.host === undefined ? [] : [['engine.url', url]]
  const kind = address.length > 0 || config.engine?.kind === 'embedded'
  return [
    ...address,
    ...(kind ? [['engine.kind', name] as [string, string]] : []),
    ...(config.model === model ? [] : [['model', model] as [string, string]]),
  ]
}

/** Where Ollama keeps its models: of this person, and of the service that its installer makes. */
function ollamaFolders({ environment }: Settings): string[] {
  const own = environment['OLLAMA_MODELS']
  return [
    ...(own ? [own] : []),
    join(environment['HOME'] || homedir(), '.ollama', 'models'),
    '/usr/share/ollama/.ollama/models',
  ]
}
