import { realpathSync } from 'node:fs'
import type { Command } from 'commander'
import { LocalBrainError, isError } from '../../../errors.ts'
import { knownModel } from '../../../engines/known-models.ts'
import { type Machine, lookAtMachine } from '../../../engines/machine.ts'
import { fitsMachine, neededBytes, sizeText, usualWindow } from '../../../engines/memory.ts'
import { type Inventory, takeInventory, wouldPick } from '../../../engines/inventory.ts'
import { type ModelWish, firstModel } from '../../../engines/choose.ts'
import { escapeLine } from '../../../text/escape.ts'
import { openGit } from '../../../workspace/git/open.ts'
import { findRoot } from '../../../workspace/open.ts'
import { findSandbox } from '../../../workspace/sandbox/find.ts'
import { type AccessOptions, openEngine } from '../access.ts'
import { modelNamed } from '../aliases.ts'
import { type Config, loadLeniently } from '../config.ts'
import { defineFlags, runFlags } from '../flags.ts'
import { onInterrupt } from '../interrupt.ts'
import { writeOut } from '../output.ts'
import { serverWords } from '../server-words.ts'
import { type Settings, readSettings } from '../settings.ts'
import { wrapped } from '../terminal.ts'
import { whileWaiting } from '../waiting-line.ts'
import { explain } from './explain.ts'

type Line = { ok: boolean; about: string; text: string; hint?: string | undefined }

export function defineDoctor(command: Command): void {
  defineFlags(command, [runFlags.host, runFlags.engine])
  explain(command, {
    examples: [
      ['local-brain doctor', 'exit 0: a run could work; 3: it could not'],
      ['local-brain doctor --host http://127.0.0.1:8080/v1', 'about another server'],
    ],
    files: 'reads ~/.config/local-brain/config.yaml; writes nothing.',
  }).action(examine)
}

/** One line for each thing that a run needs; exit 3 when a run could not work. */
async function examine(options: AccessOptions): Promise<void> {
  const settings = readSettings()
  const interruption = onInterrupt()
  const { config, faults } = await readConfig(settings)
  const [server, git, sandbox] = await Promise.all([
    serverLines({ options, settings, config }, interruption.signal),
    gitLine(settings),
    sandboxLine(settings, interruption.signal),
  ])
  interruption.stop()
  const lines = [...faults, ...server, git, sandbox]
  for (const { ok, about, text, hint } of lines) {
    const said = `${escapeLine(text)}${hint === undefined ? '' : ` (${escapeLine(hint)})`}`
    await writeOut(`${wrapped(`${ok ? 'ok  ' : 'FAIL'} ${about.padEnd(8)} `, said, process.stdout)}\n`)
  }
  process.exitCode = [...faults, ...server].every((line) => line.ok) ? 0 : 3
}

/** A fault in the configuration keeps nothing else from being looked at. */
async function readConfig({ paths }: Settings): Promise<{ config: Config; faults: Line[] }> {
  const { config, faults } = await loadLeniently(paths)
  return { config, faults: faults.map((fault) => failure('config', fault)) }
}

function failure(about: string, { message, hint }: LocalBrainError): Line {
  return { ok: false, about, text: message, hint }
}

type Doctor = { options: AccessOptions; settings: Settings; config: Config }

async function serverLines({ options, settings, config }: Doctor, signal: AbortSignal): Promise<Line[]> {
  let name = 'ollama'
  try {
    const engine = await openEngine(options, settings, config)
    name = engine.name
    const inventory = await whileWaiting('asking the server', async () => takeInventory(engine, signal)).finally(() =>
      engine.close(),
    )
    if (engine.name === 'embedded' && inventory.models.length === 0) {
      return [
        { ok: false, about: labelOf(engine.name), text: 'not set up', hint: 'local-brain setup --engine embedded' },
      ]
    }
    const reached = { ok: true, about: labelOf(engine.name), text: reachedText(inventory) }
    const { allowRemote = false } = options
    const explicit = modelNamed(settings.model, config)
    const wish = { explicit, preferences: [], configured: config.model, needsTools: true, allowRemote }
    const machine = engine.isThisMachine ? await lookAtMachine(settings.environment['PATH'], signal) : undefined
    return [reached, ...modelLines(inventory, wish, machine)]
  } catch (error) {
    if (!isError(error)) throw error
    return [failure(labelOf(name), error)]
  }
}

/** `openai` is the name of a protocol, and looks like that of a company far away. */
function labelOf(engine: string): string {
  return engine === 'openai' ? 'server' : engine
}

function reachedText({ engine, version }: Inventory): string {
  const words = serverWords(engine, version)
  if (engine.name === 'embedded') return words
  return `${words}, ${engine.isThisMachine ? 'on this machine' : 'on ANOTHER machine'}`
}

function modelLines(inventory: Inventory, wish: ModelWish, machine: Machine | undefined): Line[] {
  const { model, reason } = wouldPick(inventory, wish)
  const row = inventory.rows.find(({ name }) => name === model)
  if (model === undefined || row === undefined) {
    return [
      {
        ok: false,
        about: 'model',
        text: reason,
        hint: inventory.rows.length === 0 ? firstModel(inventory.engine) : 'local-brain models',
      },
    ]
  }
  const trained =
    row.trainedWindow === undefined
      ? 'trained for an unknown number of tokens'
      : `trained for ${row.trainedWindow} tokens`
  const loaded =
    row.loaded === undefined ? 'not loaded now' : `loaded${row.loaded.window === 0 ? '' : ` with ${row.loaded.window}`}`
  const known = row.isMeasured ? ', as a run has seen' : ', as declared'
  return [
    { ok: true, about: 'model', text: `${model} (${reason})` },
    {
      ok: true,
      about: 'tools',
      text: toolText[row.toolCalling] + (row.isMeasured === undefined ? '' : known),
    },
    { ok: true, about: 'context', text: `${trained}, ${loaded}` },
    ...(machine === undefined || row.bytes === 0 ? [] : [memoryLine(row, machine)]),
  ]
}

function memoryLine({ name, bytes, loaded }: Inventory['rows'][number], machine: Machine): Line {
  const window = loaded?.window || usualWindow
  const model = { bytes, perToken: knownModel(name)?.perToken }
  const there = `${sizeText(neededBytes(model, window))} with a window of ${window} tokens, of ${sizeText(machine.memory)}`
  if (fitsMachine(model, machine, window)) return { ok: true, about: 'memory', text: there }
  return { ok: true, about: 'memory', text: `${there}: it will be slow`, hint: 'local-brain setup' }
}

const toolText: Record<Inventory['rows'][number]['toolCalling'], string> = {
  native: 'called natively',
  recovered: 'called as text, which is recovered',
  prompted: 'called through a protocol in the prompt',
  none: 'none',
}

async function gitLine({ cwd, environment }: Settings): Promise<Line> {
  try {
    const git = await openGit(cwd, { environment })
    return {
      ok: true,
      about: 'git',
      text: git === null ? 'this folder is not in a repository; --git-diff has nothing to look at' : git.top,
    }
  } catch (error) {
    if (!(error instanceof LocalBrainError)) throw error
    return failure('git', error)
  }
}

/** Only a run that starts commands needs one. */
async function sandboxLine({ cwd, environment, paths }: Settings, signal: AbortSignal): Promise<Line> {
  const folders = [findRoot(cwd), realpathSync.native(cwd)]
  const found = await findSandbox({ path: environment['PATH'], folders, own: paths.state }, signal)
  if ('reason' in found) {
    return { ok: true, about: 'sandbox', text: `none, so no commands are run: ${found.reason}`, hint: found.hint }
  }
  const filter = found.isFiltered ? '' : ', without a filter of system calls'
  return { ok: true, about: 'sandbox', text: `${found.name}${filter}` }
}
