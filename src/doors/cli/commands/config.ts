import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { LocalBrainError, isError } from '../../../errors.ts'
import { editYaml, formatYaml } from '../../../skills/yaml.ts'
import { writeAtomic } from '../../../store/atomic.ts'
import { escapeLine, escapeText } from '../../../text/escape.ts'
import { suggestion } from '../../../text/nearest.ts'
import { configText } from '../config.ts'
import { writeErr, writeOut } from '../output.ts'
import { configKeys, parseConfig, parseSettings } from '../parse-config.ts'
import { configFile, readSettings } from '../settings.ts'

export function defineConfig(command: Command): void {
  command
    .addHelpText(
      'after',
      `
Actions: list (default), path, get <key>, set <key> <value>, unset <key>

Keys: ${configKeys.join(', ')}; a part of one is named with a dot (serve.port).
The file is ~/.config/local-brain/config.yaml, or below XDG_CONFIG_HOME. Flags and environment variables beat it, and no
repository can set anything in it.

Examples:
  local-brain config set model qwen3:8b
  local-brain config set serve.port 8090
  local-brain config unset model
`,
    )
    .action(configAction)
}

async function configAction(action = 'list', key: string | undefined, value: string | undefined): Promise<void> {
  const file = configFile(readSettings().paths)
  switch (action) {
    case 'path':
      return writeOut(`${escapeLine(file)}\n`)
    case 'list':
      return list(file)
    case 'get':
      return get(file, partsOf(key, action))
    case 'set':
      return set(file, partsOf(key, action), value)
    case 'unset':
      return unset(file, partsOf(key, action, true))
    default:
      throw new LocalBrainError('usage', `"${action}" is not something to do with the configuration`, {
        hint: 'local-brain config list, path, get <key>, set <key> <value> or unset <key>',
      })
  }
}

/** `serve.port` → its parts. The first has to be a key that there is, unless `any` may be meant. */
function partsOf(key: string | undefined, action: string, any = false): string[] {
  if (key === undefined) {
    throw new LocalBrainError('usage', `config ${action} needs a key`, {
      hint: `local-brain config ${action} ${configKeys[0]}${action === 'set' ? ' <value>' : ''}`,
    })
  }
  const parts = key.split('.')
  if (any || configKeys.some((one) => one === parts[0])) return parts
  throw new LocalBrainError('usage', `"${key}" is not a key of the configuration`, {
    hint: suggestion(parts[0] ?? '', [...configKeys]),
  })
}

async function list(file: string): Promise<void> {
  const text = await configText(file)
  await parseConfig(text, file)
  const settings = await parseSettings(text, file)
  if (Object.keys(settings).length === 0) await writeErr(`note: nothing is set in ${escapeLine(file)}\n`)
  else await writeOut(escapeText(await formatYaml(settings)))
}

async function get(file: string, parts: readonly string[]): Promise<void> {
  const settings = await parseSettings(await configText(file), file)
  const value = parts.reduce<unknown>((inside, part) => {
    return typeof inside === 'object' && inside !== null && Object.hasOwn(inside, part)
      ? (inside as Record<string, unknown>)[part]
      : undefined
  }, settings)
  if (value === undefined) {
    throw new LocalBrainError('usage', `"${parts.join('.')}" is not set in ${file}`, {
      hint: `local-brain config set ${parts.join('.')} <value>`,
    })
  }
  await writeOut(escapeText(typeof value === 'string' ? `${value}\n` : await formatYaml(value)))
}

/** The value is read as YAML reads it: `8080` is a number, `[a, b]` a list. Comments in the file stay. */
async function set(file: string, parts: readonly string[], value: string | undefined): Promise<void> {
  if (value === undefined) {
    throw new LocalBrainError('usage', 'config set needs a value', {
      hint: `local-brain config set ${parts.join('.')} <value>`,
    })
  }
  const before = await configText(file)
  // What is wrong already is said before anything is written.
  await parseConfig(before, file)
  const after = await editYaml(before, parts, { value })
  if (after === undefined) {
    throw new LocalBrainError('usage', `"${parts.slice(0, -1).join('.')}" has no parts`, {
      hint: 'local-brain config list',
    })
  }
  await parseConfig(after, file)
  await save(file, after)
}

async function unset(file: string, parts: readonly string[]): Promise<void> {
  const before = await configText(file)
  const after = await editYaml(before, parts)
  if (after === undefined) return writeErr(`note: "${escapeLine(parts.join('.'))}" is not set\n`)
  await save(file, after)
  try {
    await parseConfig(after, file)
  } catch (error) {
    // Removing one key may be how somebody mends the file, and another may be wrong as well.
    if (!isError(error, 'invalid-config')) throw error
    await writeErr(`warning: ${escapeLine(error.message)}\n`)
  }
}

async function save(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeAtomic(file, text)
  } catch (cause) {
    throw new LocalBrainError('output', `"${file}" could not be written: ${(cause as Error).message}`, {
      hint: `ls -ld ${dirname(file)}`,
      cause,
    })
  }
}
