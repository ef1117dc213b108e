import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The project that a folder belongs to: the top of its repository, else the folder itself. Canonical; git is not asked. */
export function projectOf(folder: string): string {
  const real = canonical(folder)
  let top = real
  while (!existsSync(join(top, '.git'))) {
    if (dirname(top) === top) return real
    top = dirname(top)
  }
  return top
}

/** A folder that is gone by now keeps its name. */
function canonical(folder: string): string {
  try {
    return realpathSync.native(folder)
  } catch {
    return folder
  }
}
