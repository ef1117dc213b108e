import { appendFile, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LocalBrainError } from '../errors.ts'
import { randomHex, sha256 } from '../text/hash.ts'
import { systemWords } from '../text/system-words.ts'
import { readWhole } from './read-whole.ts'
import { makeFolder } from './make-folder.ts'

const schema = 'local-brain.session/1'
const limits = { count: 50, days: 90, bytes: 50 * 1024 * 1024 }
const dayMs = 24 * 3600 * 1000

/** The first line of a session. */
export type SessionHeader = {
  schema: typeof schema
  id: string
  created: string
  root: string
  model: string
  skill: string
}

/** A session that is being written. Lines are only ever added. */
export type SessionFile = {
  readonly id: string
  /** Never rejects: a conversation goes on without its record. */
  append(line: Readonly<Record<string, unknown>>): void
  /** Resolves once everything is on its way to the disk, with what kept it from that. */
  settled(): Promise<Error | undefined>
}

/** A session as it was found: its lines as far as they could be read. */
export type SavedSession = { header: SessionHeader; lines: unknown[]; file: string }

/** Where the sessions about a folder are kept. `state`: our own folder. */
export function sessionFolder(state: string, root: string): string {
  return join(state, 'sessions', sha256(root).slice(0, 16))
}

/** Begins a session, and drops those that are old or too many. */
export async function createSession(
  folder: string,
  about: Pick<SessionHeader, 'root' | 'model' | 'skill'>,
  now = new Date(),
): Promise<SessionFile> {
  const id = `${now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}-${randomHex(2)}`
  const header: SessionHeader = { schema, id, created: now.toISOString(), ...about }
  makeFolder(folder, 0o700)
  await writeFile(join(folder, `${id}.jsonl`), `${JSON.stringify(header)}\n`, { flag: 'wx', mode: 0o600 })
  await prune(folder, now.getTime()).catch(() => undefined)
  return writer(folder, id)
}

/** Goes on with a session. What was torn stays a line of its own. */
export async function continueSession({ header, file }: SavedSession): Promise<SessionFile> {
  const handle = await open(file, 'a+', 0o600)
  try {
    const { size } = await handle.stat()
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1))
    // guard: torn-line
    if (size > 0 && buffer.toString() !== '\n') await handle.appendFile('\n')
  } finally {
    await handle.close()
  }
  return writer(join(file, '..'), header.id)
}

function writer(folder: string, id: string): SessionFile {
  const file = join(folder, `${id}.jsonl`)
  let failure: Error | undefined
  let bytes: number | undefined
  let written: Promise<unknown> = Promise.resolve()
  const add = async (line: string) => {
    bytes ??= (await stat(file)).size
    bytes += Buffer.byteLength(line)
    if (bytes > limits.bytes) throw new Error('it has 50 MB, which is the most that is kept')
    await appendFile(file, line, { mode: 0o600 })
  }
  return {
    id,
    append(line) {
      const text = `${JSON.stringify({ at: new Date().toISOString(), ...line })}\n`
      // After a failure nothing more is added: a record with a gap would be another conversation.
      written = written
        .then(async () => (failure === undefined ? add(text) : undefined))
        .catch((error: Error) => (failure ??= error))
    },
    async settled() {
      await written
      return failure
    },
  }
}

/**
 * Reads a session as far as it goes. Rejects with LocalBrainError('usage') when it is not a session, of another version, or larger
 * than is read. `hint`: what to type instead when that fails.
 */
export async function loadSession(file: string, hint?: string): Promise<SavedSession> {
  const unusable = (problem: string, cause?: unknown) =>
    new LocalBrainError('usage', `The session ${problem}`, { hint, cause })
  const text = await readWhole(file, limits.bytes).catch((cause: unknown) => {
    throw unusable(`can't be read: ${systemWords(cause)}`, cause)
  })
  const [first, ...lines] = text.split('\n').flatMap((line) => parsed(line))
  if (!isHeader(first)) throw unusable(`is not a ${schema}`)
  return { header: first, lines, file }
}

function parsed(line: string): unknown[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as unknown]
  } catch {
    // Torn: the program was ended while it was written.
    return []
  }
}

function isHeader(value: unknown): value is SessionHeader {
  const header = value as Partial<Record<keyof SessionHeader, unknown>> | null
  return (
    header?.schema === schema &&
    [header.id, header.root, header.model, header.skill].every((one) => typeof one === 'string')
  )
}

/** A session in a list. `title`: the beginning of the first message. */
export type SessionInfo = { id: string; file: string; changed: Date; title: string }

/** The sessions about a folder, the latest first. */
export async function listSessions(folder: string): Promise<SessionInfo[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jsonl'))
  const found = await Promise.all(
    names.map(async (name) => infoOf(join(folder, name), name.slice(0, -'.jsonl'.length))),
  )
  return found.filter((one) => one !== undefined).sort((a, b) => b.changed.getTime() - a.changed.getTime())
}

/**
 * The one with this id, or whose id alone ends with it: about this folder first, then about any other. `hint`: what to
 * type instead when there is none.
 */
export async function findSession(state: string, root: string, id: string, hint?: string): Promise<string> {
  const own = sessionFolder(state, root)
  const others = (await readdir(join(state, 'sessions')).catch(() => [])).map((name) => join(state, 'sessions', name))
  for (const folder of [own, ...others.filter((one) => one !== own)]) {
    const found = (await listSessions(folder)).filter((one) => one.id === id || one.id.endsWith(id))
    if (found.length === 1 && found[0] !== undefined) return found[0].file
    if (found.length > 1) throw new LocalBrainError('usage', `"${id}" matches several sessions`, { hint })
  }
  throw new LocalBrainError('usage', `There is no session "${id}"`, { hint })
}

async function infoOf(file: string, id: string): Promise<SessionInfo | undefined> {
  const handle = await open(file, 'r').catch(() => undefined)
  if (handle === undefined) return undefined
  try {
    const { mtime } = await handle.stat()
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16 * 1024), 0, 16 * 1024, 0)
    const lines = buffer
      .subarray(0, bytesRead)
      .toString('utf8')
      .split('\n')
      .flatMap((line) => parsed(line))
    const asked = lines.find((line) => (line as { type?: unknown } | null)?.type === 'user') as
      | { content?: unknown }
      | undefined
    return { id, file, changed: mtime, title: typeof asked?.content === 'string' ? asked.content : '' }
  } finally {
    await handle.close()
  }
}

async function prune(folder: string, now: number): Promise<void> {
  const sessions = await listSessions(folder)
  const gone = sessions.filter(({ changed }, at) => at >= limits.count || now - changed.getTime() > limits.days * dayMs)
  for (const { file } of gone) await rm(file, { force: true })
}
