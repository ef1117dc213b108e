import { dirname } from 'node:path'
import type { Command } from 'commander'
import { recommend } from '../../../engines/known-models.ts'
import { LocalBrainError, isError } from '../../../errors.ts'
import { editYaml, formatYaml } from '../../../skills/yaml.ts'
import { writeAtomic } from '../../../store/atomic.ts'
import { writingWords } from '../../../text/system-words.ts'
import { clipLine } from '../../../text/clip.ts'
import { escapeLine, escapeText } from '../../../text/escape.ts'
import { suggestion } from '../../../text/nearest.ts'
import { wrapLine } from '../../../text/wrap.ts'
import { configText } from '../config.ts'
import { writeOut } from '../output.ts'
import { configKeys, exampleToSet, parseLeniently, parseSettings } from '../parse-config.ts'
import { settingLines } from '../setting-table.ts'
import { configFile, readSettings } from '../settings.ts'
import { explain } from './explain.ts'
import { writeAside } from '../terminal.ts'
import { makeFolder } from '../../../store/make-folder.ts'

export function defineConfig(command: Command): void {
  explain(command, {
    about: `Actions: list (default), path, get <key>, set <key> <value>, unset <key>

${wrapLine(`Keys: ${configKeys.join(', ')}. A part of one is named with a dot (serve.port).`, 80, 2).join('\n')}

A flag beats the variable, that beats the key, and the key beats the default:

${settingLines().join('\n')}`,
    examples: [
      [`local-brain config set model ${recommend().name}`, 'the file is written, its comments stay'],
      ['local-brain config set aliases.fast qwen3:4b', 'then: local-brain -m fast ...'],
      ['local-brain config set serve.port 8090', 'a part of a key'],
      ["local-brain config set allow '[write]'", 'a list'],
      ['local-brain config unset model', ''],
    ],
    files: '~/.config/local-brain/config.yaml, or below XDG_CONFIG_HOME. No repository can set anything in it.',
  }).action(configAction)
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

/** What the file says, and what is wrong with it: if it is not YAML, its text unchanged. */
async function list(file: string): Promise<void> {
  const text = await configText(file)
  const { faults, settings = {} } = await read(text, file)
  const isEmpty = Object.keys(settings).length === 0
  if (isEmpty && faults.length === 0) return writeAside('note', `nothing is set in ${escapeLine(file)}`)
  await writeOut(escapeText(isEmpty ? text : await formatYaml(settings)))
  await sayFaults(faults)
  if (faults.length > 0) process.exitCode = 2
}

type Read = { faults: readonly LocalBrainError[]; settings?: Record<string, unknown> }

async function read(text: string, file: string): Promise<Read> {
  try {
    const settings = await parseSettings(text, file)
    return { settings, faults: (await parseLeniently(text, file)).faults }
  } catch (error) {
    if (!isError(error, 'invalid-config')) throw error
    return { faults: [error] }
  }
}

async function sayFaults(faults: readonly LocalBrainError[]): Promise<void> {
  for (const { message, hint } of faults) {
    await writeAside('warning', `${escapeLine(message)}${hint === undefined ? '' : ` (${escapeLine(hint)})`}`)
  }
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
export async function set(file: string, parts: readonly string[], value: string | undefined): Promise<void> {
  if (value === undefined) {
    throw new LocalBrainError('usage', 'config set needs a value', {
      hint: `local-brain config set ${parts.join('.')} <value>`,
    })
  }
  const before = await configText(file)
  const wrong = await faultsIn(before, file)
  const after = await editYaml(before, parts, { value })
  if (after === undefined) {
    throw new LocalBrainError('usage', `"${parts.slice(0, -1).join('.')}" has no parts`, {
      hint: 'local-brain config list',
    })
  }
  const left = await faultsIn(after, file).catch(async () => {
    // What was there before was read without a complaint.
    throw await wrongValue(parts, value)
  })
  // An existing fault must not keep anyone from setting another key.
  const known = new Set(wrong.map(({ message }) => withoutLine(message)))
  const isAbout = ({ message }: LocalBrainError) =>
    [`"${parts[0]}"`, `"${parts[0]}.`].some((key) => message.includes(key))
  const fresh = left.find((fault) => isAbout(fault) || !known.has(withoutLine(fault.message)))
  if (fresh !== undefined) throw await inWordsOfSet(fresh, parts, value)
  await save(file, after)
  await sayFaults(left)
}

/** Nothing was written, so it is not the file that is wrong, unless it is wrong in another part of the same key. */
async function inWordsOfSet(fault: LocalBrainError, parts: readonly string[], value: string): Promise<LocalBrainError> {
  const key = `${parts.join('.')}.`
  const [, about = ''] = /"([^"]+)"/.exec(fault.message.slice(fault.message.lastIndexOf(': '))) ?? []
  if (!`${about}.`.startsWith(key) && !key.startsWith(`${about}.`)) return fault
  if (!fault.message.includes(': unknown key ')) return wrongValue(parts, value)
  return new LocalBrainError('usage', `"${about}" is not a key of the configuration`, { hint: fault.hint })
}

async function wrongValue(parts: readonly string[], value: string): Promise<LocalBrainError> {
  return new LocalBrainError('usage', `"${parts.join('.')}" can't be set to "${clipLine(value, 60)}"`, {
    hint: `local-brain config set ${await exampleToSet(parts)}`,
  })
}

async function faultsIn(text: string, file: string): Promise<readonly LocalBrainError[]> {
  return text.trim() === '' ? [] : (await parseLeniently(text, file)).faults
}

/** Setting a key may move the others. */
function withoutLine(message: string): string {
  return message.replace(/:\d+: /, ': ')
}

async function unset(file: string, parts: readonly string[]): Promise<void> {
  const before = await configText(file)
  await faultsIn(before, file)
  const after = await editYaml(before, parts)
  if (after === undefined) return writeAside('note', `"${escapeLine(parts.join('.'))}" is not set`)
  await save(file, after)
  // Removing one key may be how somebody mends the file, and another may be wrong as well.
  await sayFaults(await faultsIn(after, file))
}

async function save(file: string, text: string): Promise<void> {
  try {
    makeFolder(dirname(file), 0o700)
    await writeAtomic(file, text)
  } catch (cause) {
    throw new LocalBrainError('output', `"${file}" could not be written: ${writingWords(cause)}`, {
      hint: `ls -ld ${dirname(file)}`,
      cause,
    })
  }
}
