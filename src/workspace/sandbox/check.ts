/** A command whose exit code decides, whatever a model says. `given`: by the person, who lets it run by that. */
export type Check = { name: string; command: string; timeoutMs: number; required: boolean; given?: boolean }

/** `empty`: it ended well but tested nothing, which proves nothing. */
export type CheckState = 'ok' | 'failed' | 'empty' | 'not_run'

export type CheckResult = {
  check: Check
  state: CheckState
  exitCode: number | null
  ms: number
  /** As it was printed: untrusted. Where it failed, with what the sandbox may have to do with that. */
  output: string
  reason?: 'timeout' | 'output' | 'interrupted'
  /** It failed once, and held when it was run again. */
  flaky?: true
}

const defaultCheckMs = 300_000

type AskedCheck = {
  name: string
  command: string
  timeout?: number | undefined
  required: boolean
  given?: boolean
}

/** A check as a skill asks for it; its time in seconds. */
export function checkOf({ timeout, given = false, ...check }: AskedCheck): Check {
  return { ...check, given, timeoutMs: timeout === undefined ? defaultCheckMs : timeout * 1000 }
}
