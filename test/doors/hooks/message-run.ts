import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ScriptSource, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { type HookedOptions, git as gitAsync, hooked } from './hook-run.ts'

export const fields = { type: 'feat', scope: 'none', subject: 'add a cache of entries', why: '' }
export const writes =
  (change: Partial<typeof fields> = {}): ScriptSource =>
  () =>
    reply.json({ ...fields, ...change })

/** Keeps what the editor was shown, and saves it as it is. */
const editor = (file: string) => ({ GIT_EDITOR: `cp "$1" '${file}'; true` }) as Record<string, string>

/** A repository with a staged change, where a person runs `git commit` and sees the message in an editor. */
export async function writing(options: HookedOptions = {}) {
  const folder = await hooked({ hook: 'prepare-commit-msg', script: writes(), ...options })
  folder.write('src/cache.ts', 'export const entries = new Map()\n')
  folder.git('add', '-A')
  const seen = join(folder.env['HOME'] ?? '', 'seen.txt')
  return {
    ...folder,
    seen: () => readFileSync(seen, 'utf8'),
    edit: (args: string[] = [], env: Record<string, string> = {}) =>
      gitAsync(folder.root, ['commit', ...args], { ...folder.env, ...editor(seen), ...env }),
    subject: () => folder.git('log', '-1', '--format=%B').trimEnd(),
  }
}
