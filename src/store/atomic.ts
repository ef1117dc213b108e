import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { randomHex } from '../text/hash.ts'

/**
 * Replaces a file completely or not at all: writes and flushes a temporary file beside it, then renames that. Without
 * `flush` it is faster, but a machine that loses its power may keep an empty file. All at once: a run writes a few small
 * files, for which each step through Node's threads takes longer than the step itself.
 */
export async function writeAtomic(
  file: string,
  text: string | Uint8Array,
  { flush = true, mode = 0o600 } = {},
): Promise<void> {
  // guard: own-temporary
  const temporary = join(dirname(file), `.${basename(file)}.${randomHex(6)}.tmp`)
  try {
    // guard: write-beside
    const descriptor = openSync(temporary, 'wx', mode)
    try {
      writeFileSync(descriptor, text)
      if (flush) fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, file)
  } catch (error) {
    // guard: temporary-removed
    rmSync(temporary, { force: true })
    throw error
  }
}
