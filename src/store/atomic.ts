import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { randomHex } from '../text/hash.ts'

/** Replaces a file completely or not at all: writes and flushes a temporary file beside it, then renames that. */
export async function writeAtomic(file: string, text: string | Uint8Array): Promise<void> {
  // guard: own-temporary
  const temporary = join(dirname(file), `.${basename(file)}.${randomHex(6)}.tmp`)
  try {
    // guard: write-beside
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    // guard: temporary-removed
    await rm(temporary, { force: true })
    throw error
  }
}
