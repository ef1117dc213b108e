import { constants } from 'node:fs'
import { lstat, open, realpath } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { LocalBrainError } from '../../errors.ts'
import type { PipedText } from '../../input/unit.ts'
import { escapeLine } from '../../text/escape.ts'
import { systemWords } from '../../text/system-words.ts'
import { contains } from '../../workspace/contains.ts'
import { decode } from '../../workspace/decode.ts'
import { findRoot } from '../../workspace/open.ts'
import { type Spec, maxSpecBytes, parseSpec } from './spec.ts'

/** Where a spec is: in a file, or in a text that came through a pipe or from a program. */
export type SpecSource = { file: string } | { text: string | PipedText }

/** A spec, and the file that it was read from. */
export type LoadedSpec = Spec & {
  /** Canonical. */
  file?: string
}

/** Rejects with LocalBrainError('missing-file' | 'unreadable-file' | 'usage') for what is no task. */
export async function loadSpec(source: SpecSource, { cwd }: { cwd: string }): Promise<LoadedSpec> {
  if ('text' in source) {
    const { text } = source
    return parseSpec(typeof text === 'string' ? text : text.text, 'standard input')
  }
  const name = source.file
  const path = resolve(cwd, name)
  const file = await realpath(path).catch(() => {
    throw new LocalBrainError('missing-file', `There is no spec "${escapeLine(name)}"`, {
      hint: 'local-brain work <file>, or - for standard input',
    })
  })
  const isLink = (await lstat(path)).isSymbolicLink()
  // guard: spec-link
  if (isLink && !contains(findRoot(await realpath(dirname(path))), file)) {
    throw unreadable(name, 'is a link that leads elsewhere')
  }
  return { ...(await parseSpec(await readText(file, name), name)), file }
}

async function readText(file: string, name: string): Promise<string> {
  // A pipe without a writer would be waited for.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw unreadable(name, `can't be read: ${systemWords(error)}`)
  })
  try {
    const found = await handle.stat()
    if (!found.isFile()) throw unreadable(name, found.isDirectory() ? 'is a folder' : 'is not a file')
    const buffer = Buffer.alloc(maxSpecBytes + 1)
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
    const decoded = decode(buffer.subarray(0, bytesRead), { cut: bytesRead > maxSpecBytes, path: name })
    if (decoded === null) throw unreadable(name, 'is not a text file')
    return decoded.text
  } finally {
    await handle.close()
  }
}

function unreadable(name: string, problem: string): LocalBrainError {
  return new LocalBrainError('unreadable-file', `"${escapeLine(name)}" ${problem}`, {
    hint: 'local-brain work <a Markdown file>',
  })
}
