import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { randomHex } from '../text/hash.ts'

/**
 * Replaces a file completely or not at all: writes and flushes a temporary file beside it, then renames that. Without
 * `flush` it is faster, but a machine that loses its power may keep an empty file.
 */
export async function writeAtomic(file: string, text: string | Uint8Array, { flush = true } = {}): Promise<void> {
  // guard: own-temporary
  const temporary = join(dirname(file), `.${basename(file)}.${randomHex(6)}.tmp`)
  try {
    // guard: write-beside
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      if (flush) await handle.sync()
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
