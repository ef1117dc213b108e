import { startDeadline } from '../../../core/deadline.ts'
import type { Severity } from '../../../skills/severity.ts'
import type { HookPolicy } from '../../hooks/review-changes.ts'
import { completeRequest, readFlags } from '../request.ts'
import { type Settings, programStart } from '../settings.ts'
import { readStdin, stdinIsPiped } from '../stdin.ts'

export type HookOptions = { failOn?: Severity; strict?: boolean; load?: boolean; timeout?: number; model?: string }

/** Seconds that a commit may wait for all of it. */
export const hookTimeout = 20

/** What whoever calls the hook writes to its standard input, within the time that the hook has. */
export async function readHookInput({ timeout = hookTimeout }: HookOptions, signal: AbortSignal): Promise<string> {
  if (!stdinIsPiped()) return ''
  const deadline = startDeadline(timeout, signal, programStart())
  try {
    const bytes = await readStdin({ need: 'optional', signal: deadline.signal })
    return bytes?.toString('utf8') ?? ''
  } finally {
    deadline.clear()
  }
}

export function hookPolicy({ strict, failOn }: HookOptions): HookPolicy {
  return { strict: strict === true, failOn }
}

/** What every hook is asked to do, before it knows the changes. */
export async function hookRequest({ model, load, timeout = hookTimeout }: HookOptions, settings: Settings) {
  const asked = readFlags({ model, timeout, gitDiff: true, format: 'compact' }, settings)
  const request = await completeRequest(asked, settings)
  return { ...request, model: { ...request.model, loadedOnly: load !== true } }
}

export function isCi({ environment }: Settings): boolean {
  return !['', '0', 'false'].includes(environment['CI'] ?? '')
}
