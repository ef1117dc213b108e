import type { Command } from 'commander'
import { firstModel } from '../../../engines/choose.ts'
import { type Inventory, type InventoryRow, takeInventory, wouldPick } from '../../../engines/inventory.ts'
import { knownModel } from '../../../engines/known-models.ts'
import { type Machine, freeMemory, lookAtMachine } from '../../../engines/machine.ts'
import { fitsMemory, fitsVideo, neededBytes, sizeText, usualWindow } from '../../../engines/memory.ts'
import { skillPlaces } from '../../../app/session.ts'
import { listSkills } from '../../../skills/find.ts'
import { loadSkill } from '../../../skills/load.ts'
import { type AccessOptions, openEngine } from '../access.ts'
import { modelNamed } from '../aliases.ts'
import { escapeLine } from '../../../text/escape.ts'
import { type Config, loadConfig } from '../config.ts'
import { defineFlags, runFlags } from '../flags.ts'
import { onInterrupt } from '../interrupt.ts'
import { writeOut } from '../output.ts'
import { type Settings, readSettings } from '../settings.ts'
import { machineText } from '../setup/words.ts'
import { table } from '../table.ts'
import { wrapped } from '../terminal.ts'
import { whileWaiting } from '../waiting-line.ts'
import { explain } from './explain.ts'

export function defineModels(command: Command): void {
  defineFlags(command, [runFlags.host, runFlags.engine])
  explain(command, {
    about: `NEEDS is the memory for the weights and a window of ${usualWindow} tokens. TOOLS says how
calls arrive: "seen" in a run, or only "declared" by the server. A narrow
terminal has room for fewer columns.`,
    examples: [
      ['local-brain models', 'what is installed here'],
      ['local-brain models --engine embedded', 'of the engine that needs no server'],
      ['local-brain config set model qwen3:8b', 'choose one for good'],
    ],
    files: 'reads ~/.config/local-brain/config.yaml, and what runs have learnt, in ~/.local/state/local-brain/models.',
  }).action(listModels)
}

/** Each installed model, whether it will run, and which one each built-in skill would get and why. */
async function listModels(options: AccessOptions): Promise<void> {
  const settings = readSettings()
  const config = await loadConfig(settings.paths)
  const engine = await openEngine(options, settings, config)
  const interruption = onInterrupt()
  try {
    const { signal } = interruption
    const [inventory, machine] = await whileWaiting('asking the server', async () =>
      Promise.all([
        takeInventory(engine, signal),
        engine.isThisMachine ? lookAtMachine(settings.environment['PATH'], signal) : undefined,
      ]),
    )
    if (inventory.rows.length === 0) {
      await writeOut(`${wrapped('', `No model is installed; to get one: ${firstModel(engine)}`, process.stdout)}\n`)
      return
    }
    if (machine !== undefined) {
      const there = `${machineText(machine)}; ${sizeText(freeMemory())} is free now`
      await writeOut(`${wrapped('This machine: ', there, process.stdout)}\n\n`)
    }
    const rows = inventory.rows.map((row) => cells(row, machine))
    await writeOut(table([head, ...rows], ['THINKS', 'WINDOW', 'SIZE', 'NEEDS', 'TOOLS']))
    await writeOut(`\n${await picksText(inventory, { settings, config, allowRemote: options.allowRemote ?? false })}`)
  } finally {
    interruption.stop()
    engine.close()
  }
}

const head = ['MODEL', 'SIZE', 'NEEDS', 'WILL IT RUN', 'WINDOW', 'TOOLS', 'THINKS']

function cells(row: InventoryRow, machine: Machine | undefined): string[] {
  const { name, bytes, trainedWindow, canChat, canThink, toolCalling, isMeasured, isLocal } = row
  const how = toolCalling === 'none' || isMeasured === undefined ? '' : isMeasured ? ', seen' : ', declared'
  const isWeighed = isLocal && bytes > 0
  return [
    name,
    isWeighed ? sizeText(bytes) : '-',
    isWeighed && canChat ? sizeText(neededBytes(weightOf(row), windowOf(row))) : '-',
    willRun(row, machine),
    trainedWindow === undefined ? '?' : String(trainedWindow),
    canChat ? `${toolCalling}${how}` : '-',
    canThink ? 'yes' : 'no',
  ]
}

function weightOf({ name, bytes }: InventoryRow) {
  return { bytes, perToken: knownModel(name)?.perToken }
}

/** The window that a run would have, as far as that can be said without its work. */
function windowOf({ loaded, trainedWindow = usualWindow }: InventoryRow): number {
  return loaded === undefined || loaded.window === 0 ? Math.min(usualWindow, trainedWindow) : loaded.window
}

function willRun(row: InventoryRow, machine: Machine | undefined): string {
  const { loaded, isLocal, canChat, bytes } = row
  if (!isLocal) return 'elsewhere: cloud'
  if (!canChat) return 'cannot chat'
  if (loaded !== undefined) return `loaded (${loaded.window || '?'})${loaded.spilled ? ', slow' : ''}`
  if (machine === undefined || bytes === 0) return '?'
  const weight = weightOf(row)
  const window = windowOf(row)
  if (machine.video !== undefined && fitsVideo(weight, machine.video, window)) return 'yes, on the card'
  if (neededBytes(weight, window) > machine.memory) return 'no: too large'
  if (!fitsMemory(weight, machine.memory, window)) return 'hardly: no room left'
  return neededBytes(weight, window) > freeMemory() ? 'yes, once others end' : 'yes'
}

type Wishing = { settings: Settings; config: Config; allowRemote: boolean }

/** Each model that a built-in skill would get, once, with the reason and the skills. */
async function picksText(inventory: Inventory, { settings, config, allowRemote }: Wishing): Promise<string> {
  const groups = new Map<string, string[]>()
  for (const skill of await builtInSkills(settings)) {
    const { model, reason } = wouldPick(inventory, {
      preferences: skill.model,
      needsTools: skill.tools.length > 0,
      explicit: modelNamed(settings.model, config),
      configured: config.model,
      allowRemote,
    })
    const why = model === undefined ? `no model: ${reason}` : `${model}: ${reason}`
    groups.set(why, [...(groups.get(why) ?? []), skill.name])
  }
  return [...groups]
    .map(([why, skills]) => [
      `${wrapped('', escapeLine(why), process.stdout)}\n`,
      `${wrapped('  for ', skills.join(', '), process.stdout)}\n`,
    ])
    .flat()
    .join('')
}

async function builtInSkills(settings: Settings) {
  const places = skillPlaces(settings.paths, undefined)
  const found = listSkills(places).filter(({ origin }) => origin === 'built-in')
  return Promise.all(found.map(async ({ file, origin }) => loadSkill({ file, origin, tools: places.tools })))
}
