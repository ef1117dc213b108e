import { LocalBrainError, isError } from '../../errors.ts'
import type { StorePaths } from '../../store/paths.ts'
import { readWhole } from '../../store/read-whole.ts'
import type { Config } from './parse-config.ts'
import { configFile } from './settings.ts'
import { systemWords } from '../../text/system-words.ts'

export type { Config }

/** Bytes; a few lines are usual. */
const maxBytes = 64 * 1024

/** The user's own defaults, none without the file. Rejects with LocalBrainError('invalid-config') naming file and fault. */
export async function loadConfig(paths: StorePaths): Promise<Config> {
  const file = configFile(paths)
  const text = await configText(file)
  if (text.trim() === '') return {}
  const { parseConfig } = await import('./parse-config.ts')
  return parseConfig(text, file)
}

/** The valid part of the file, and its faults. */
export async function loadLeniently(
  paths: StorePaths,
): Promise<{ config: Config; faults: readonly LocalBrainError[] }> {
  try {
    const file = configFile(paths)
    const text = await configText(file)
    if (text.trim() === '') return { config: {}, faults: [] }
    const { parseLeniently } = await import('./parse-config.ts')
    return await parseLeniently(text, file)
  } catch (error) {
    if (!isError(error, 'invalid-config')) throw error
    return { config: {}, faults: [error] }
  }
}

/** The content of the file; empty without one. Rejects with LocalBrainError('invalid-config'). */
export async function configText(file: string): Promise<string> {
  try {
    return await readWhole(file, maxBytes)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return ''
    throw new LocalBrainError('invalid-config', `The configuration "${file}" can't be read: ${systemWords(cause)}`, {
      hint: `ls -l ${file}`,
      cause,
    })
  }
}
