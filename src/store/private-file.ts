import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { writeAtomic } from './atomic.ts'
import { makeFolder } from './make-folder.ts'

/**
 * What only this person can have written. Its mode shows it: git checks no file out without the right to write it,
 * whatever the umask, so a folder of state that lies in a checkout brings none.
 */
const ownMode = 0o400

/** The text of such a file. Undefined where the file is missing, or may be somebody else's. */
export function readPrivate(file: string): string | undefined {
  try {
    // A link could lead to what git itself keeps without the right to write it.
    // guard: private-link
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    try {
      const found = fstatSync(descriptor)
      // guard: private-file
      if (found.uid !== process.getuid?.() || (found.mode & 0o7777) !== ownMode) return undefined
      return found.isFile() && found.size <= maxBytes ? readFileSync(descriptor, 'utf8') : undefined
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return undefined
  }
}

const maxBytes = 64 * 1024

/** Makes such a file, and its folders. Throws what the file system says, also where modes are not kept. */
export async function writePrivate(file: string, text: string): Promise<void> {
  makeFolder(dirname(file), 0o700)
  await writeAtomic(file, text, { mode: ownMode })
  if (readPrivate(file) !== text) throw new Error('files have no owner and no mode there')
}
