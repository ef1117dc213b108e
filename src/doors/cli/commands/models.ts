import type { Command } from 'commander'
import { firstModel } from '../../../engines/choose.ts'
import { type InventoryRow, takeInventory, wouldPick } from '../../../engines/inventory.ts'
import { knownModel } from '../../../engines/known-models.ts'
import { type Machine, lookAtMachine } from '../../../engines/machine.ts'
import { fitsMachine, neededBytes, sizeText, usualWindow } from '../../../engines/memory.ts'
import { skillPlaces } from '../../../app/session.ts'
import { listSkills } from '../../../skills/find.ts'
import { loadSkill } from '../../../skills/load.ts'
import { type AccessOptions, modelNamed, openEngine } from '../access.ts'
import { escapeLine } from '../../../text/escape.ts'
import { displayWidth, padWidth } from '../../../text/width.ts'
import { loadConfig } from '../config.ts'
import { defineFlags, runFlags } from '../flags.ts'
import { onInterrupt } from '../interrupt.ts'
import { writeOut } from '../output.ts'
import { type Settings, readSettings } from '../settings.ts'
import { explain } from './explain.ts'

export function defineModels(command: Command): void {
  defineFlags(command, [runFlags.host, runFlags.engine])
  explain(command, {
    examples: [
      ['local-brain models', 'what is installed here'],
      ['local-brain models --engine embedded', 'of the engine that needs no server'],
      ['local-brain config set model qwen3:8b', 'choose one for good'],
    ],
    files: 'reads ~/.config/local-brain/config.yaml, and what runs have learnt, in ~/.local/state/local-brain/models.',
  }).action(listModels)
}

/** Each installed model, and which one each built-in skill would get and why. */
async function listModels(options: AccessOptions): Promise<void> {
  const settings = readSettings()
  const config = await loadConfig(settings.paths)
  const { allowRemote = false } = options
  const engine = await openEngine(options, settings, config)
  const interruption = onInterrupt()
  try {
    const inventory = await takeInventory(engine, interruption.signal)
    if (inventory.rows.length === 0) {
      await writeOut(`No model is installed; to get one: ${firstModel(engine)}\n`)
      return
    }
    const machine = engine.isThisMachine
      ? await lookAtMachine(settings.environment['PATH'], interruption.signal)
      : undefined
    await writeOut(table([head, ...inventory.rows.map((row) => cells(row, machine))]))
    if (machine !== undefined) await writeOut(`\n${memoryText(machine)}\n`)
    const picks = await Promise.all(
      (await builtInSkills(settings)).map(async (skill) => {
        const wish = {
          preferences: skill.model,
          needsTools: skill.tools.length > 0,
          explicit: modelNamed(settings.model, config),
          configured: config.model,
          allowRemote,
        }
        const { model = 'none', reason } = wouldPick(inventory, wish)
        return [skill.name, model, reason]
      }),
    )
    await writeOut(`\n${table([['SKILL', 'WOULD USE', 'BECAUSE'], ...picks])}`)
  } finally {
    interruption.stop()
    engine.close()
  }
}

const head = ['MODEL', 'SIZE', 'MEMORY', 'WINDOW', 'LOADED', 'TOOLS', 'THINKS', 'WHERE']

function cells(row: InventoryRow, machine: Machine | undefined): string[] {
  return [
    row.name,
    row.bytes > 0 ? sizeText(row.bytes) : '-',
    row.isLocal && row.bytes > 0 ? memoryCell(row, machine) : '-',
    row.trainedWindow === undefined ? '?' : String(row.trainedWindow),
    row.loaded === undefined ? '-' : String(row.loaded.window),
    row.canChat ? row.toolCalling : 'cannot chat',
    row.canThink ? 'yes' : 'no',
    row.isLocal ? 'local' : 'cloud',
  ]
}

/** What it takes, and whether there is that much. */
function memoryCell({ name, bytes }: InventoryRow, machine: Machine | undefined): string {
  const model = { bytes, perToken: knownModel(name)?.perToken }
  const needed = sizeText(neededBytes(model, usualWindow))
  return machine === undefined || fitsMachine(model, machine) ? needed : `${needed}, too large`
}

function memoryText({ memory, video }: Machine): string {
  const card = video === undefined ? '' : `, and ${sizeText(video)} for graphics`
  return `MEMORY is with a window of ${usualWindow} tokens; there are ${sizeText(memory)}${card}.`
}

async function builtInSkills(settings: Settings) {
  const places = skillPlaces(settings.paths, undefined)
  const found = (await listSkills(places)).filter(({ origin }) => origin === 'built-in')
  return Promise.all(found.map(async ({ file, origin }) => loadSkill({ file, origin, tools: places.tools })))
}

/** Columns as wide as their longest cell, two spaces apart. */
function table(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(escapeLine))
  const widths = (clean[0] ?? []).map((_, column) => Math.max(...clean.map((row) => displayWidth(row[column] ?? ''))))
  return clean
    .map(
      (row) =>
        `${row
          .map((cell, column) => padWidth(cell, widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
