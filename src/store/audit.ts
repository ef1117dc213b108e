import { appendFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from './make-folder.ts'

/** The door through which files were changed. */
export type ChangedBy = 'apply' | 'undo' | 'run' | 'chat' | 'serve' | 'library'

/** What was allowed, changed or asked for; never what a file or an answer says. */
export type AuditEntry =
  | { what: 'approval'; tool: string; answer: 'yes' | 'no'; by: string }
  | {
      what: 'change'
      project: string
      id: string
      path: string
      kind: string
      by: ChangedBy
      sha256: string | null
    }
  | {
      what: 'command'
      project: string
      /** Of the line. */
      sha256: string
      by: string | null
      sandbox: string
      exitCode: number | null
    }
  | {
      what: 'request'
      project: string
      id: string
      dialect: string
      model: string
      /** Of HTTP; 499 when the client left. */
      status: number
      /** Of the messages. */
      sha256: string
    }
  | { what: 'branch'; project: string; id: string; branch: string; commit: string }

const limits = { bytes: 10 * 1024 * 1024, files: 5 }

/** Adds lines to `audit.jsonl`. What is done goes on if they can't be written: an answer is not lost for a full disk. */
export async function audit(folder: string, entries: readonly AuditEntry[], now = new Date()): Promise<void> {
  if (entries.length === 0) return
  const file = join(folder, 'audit.jsonl')
  const lines = entries.map((entry) => `${JSON.stringify({ time: now.toISOString(), ...entry })}\n`)
  try {
    makeFolder(folder, 0o700)
    await makeRoom(file)
    await appendFile(file, lines.join(''), { mode: 0o600 })
  } catch {
    // See above.
  }
}

/** `audit.jsonl` becomes `audit.1.jsonl`, and so on; the oldest goes. */
async function makeRoom(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined || found.size < limits.bytes) return
  const numbered = (number: number) => (number === 0 ? file : file.replace(/jsonl$/, `${number}.jsonl`))
  for (let number = limits.files - 1; number > 0; number -= 1)
    await rename(numbered(number - 1), numbered(number)).catch(() => undefined)
}
