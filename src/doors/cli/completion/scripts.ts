import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assetsFolder } from '../../../assets.ts'

export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const

type Shell = (typeof shells)[number]

export function isShell(name: string): name is Shell {
  return shells.some((shell) => shell === name)
}

/**
 * What a shell sources. It hands the words up to the cursor to `local-brain complete` as they are, without evaluating
 * them, and gets a value with its help a line; the last line says whether the shell's own files or folders may follow.
 */
export function completionScript(shell: Shell): Promise<string> {
  return readFile(join(assetsFolder, 'completion', `local-brain.${shell}.txt`), 'utf8')
}
