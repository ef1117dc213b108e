import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it that are not there. Throws as `mkdir` does. Node 20's own `recursive` never comes to
 * an end where the system says of a new folder that it is not there, as below `/proc` or in a folder that was removed.
 */
export function makeFolder(folder: string, mode?: number): void {
  // guard: folder-ends
  try {
    mkdirSync(folder, { mode })
  } catch (error) {
    if (isFolder(folder)) return
    const above = dirname(folder)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || above === folder || isFolder(above)) throw error
    makeFolder(above, mode)
    makeFolder(folder, mode)
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
