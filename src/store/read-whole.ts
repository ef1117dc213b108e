import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/**
 * A small text file. Rejects, with a message in words, when it is larger than `maxBytes` or no file: a named pipe would
 * be waited for and a device read without end.
 */
export async function readWhole(file: string, maxBytes: number): Promise<string> {
  // guard: read-whole-pipe
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const found = fstatSync(descriptor)
    // guard: read-whole-file
    if (!found.isFile()) throw new Error(found.isDirectory() ? 'it is a folder' : 'it is not a file')
    if (found.size > maxBytes) throw new Error(`it is larger than ${sizeInWords(maxBytes)}`)
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}

function sizeInWords(bytes: number): string {
  return bytes < 1024 * 1024 ? `${bytes / 1024} kB` : `${bytes / 1024 / 1024} MB`
}
