import { wouldPick } from '../../../engines/inventory.ts'
import { isError } from '../../../errors.ts'
import { escapeLine } from '../../../text/escape.ts'
import { type HookState, hookStates } from '../../hooks/install.ts'
import { openEngine } from '../access.ts'
import { modelNamed } from '../aliases.ts'
import { loadLeniently } from '../config.ts'
import { writeOut } from '../output.ts'
import { type Settings, readSettings } from '../settings.ts'
import { whileWaiting } from '../waiting-line.ts'
import { wrapped } from '../terminal.ts'

/** Milliseconds that a server has to say what is in memory. */
const patienceMs = 2000

/** Which hooks of this repository are ours, what they do, and whether the model that they ask is in memory. */
export async function printHookStatus(): Promise<void> {
  const settings = readSettings()
  for (const state of await hookStates(settings)) await row(state.name, words(state))
  await row('model', await modelWords(settings))
}

function row(about: string, text: string): Promise<void> {
  return writeOut(`${wrapped(about.padEnd(20), text, process.stdout)}\n`)
}

function words({ file, state, options, missing }: HookState): string {
  const place = escapeLine(file)
  switch (state) {
    case 'installed': {
      const how = options.length === 0 ? '' : ` (${escapeLine(options.join(' '))})`
      const gone = missing === undefined ? '' : `, but ${escapeLine(missing)} is gone: install it again`
      return `installed${how}${gone}: ${place}`
    }
    case 'off':
      return `installed, but switched off, since it is not executable: ${place}`
    case 'by hand':
      return `called by a line that somebody wrote: ${place}`
    case 'other':
      return `not installed; another program's hook is there: ${place}`
    case 'none':
      return 'not installed'
  }
}

async function modelWords(settings: Settings): Promise<string> {
  const { config } = await loadLeniently(settings.paths)
  const engine = await openEngine({}, settings, config)
  try {
    const models = await whileWaiting('asking the server', async () => engine.list(AbortSignal.timeout(patienceMs)))
    const explicit = modelNamed(settings.model, config)
    const wish = { explicit, preferences: [], configured: config.model, needsTools: true, allowRemote: false }
    const { model, reason } = wouldPick({ engine, models }, wish)
    const info = models.find(({ name }) => name === model)
    if (model === undefined || info === undefined) return `none: ${escapeLine(reason)}`
    const name = escapeLine(model)
    if (info.loaded !== undefined) return `${name}, in memory`
    return `${name}, not in memory: hooks wait for it with --load, and else review nothing`
  } catch (error) {
    return `unknown: ${escapeLine(isError(error) ? error.message : `${engine.url} does not answer`)}`
  } finally {
    engine.close()
  }
}
