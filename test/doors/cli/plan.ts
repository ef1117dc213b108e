import { expect } from 'vitest'
import { localBrain } from './local-brain.ts'

export type Plan = {
  skill: string
  scope: { kind: string; base: string | null }
  units: { path: string; startLine: number; endLine: number }[]
  requests: { messages: { role: string; content: string }[] }[]
  notReviewed: { path: string; reason: string; startLine?: number; endLine?: number; gap: boolean }[]
  warnings: string[]
}

/** What a run would send, as `--dry-run --format json` prints it. */
export async function plan(args: string[], cwd: string, stdin?: string | Buffer): Promise<Plan> {
  const run = await localBrain([...args, '--dry-run', '--format', 'json'], { cwd, stdin })
  expect(run.stderr).toBe('')
  return JSON.parse(run.stdout) as Plan
}

/** Everything that the model would be told. */
export const told = ({ requests }: Plan): string =>
  requests.flatMap(({ messages }) => messages.map(({ content }) => content)).join('\n')
/** `path: reason` of what would not be looked at. */
export const left = ({ notReviewed }: Plan): string[] => notReviewed.map(({ path, reason }) => `${path}: ${reason}`)

/** The paths that would be looked at, each once. */
export const lookedAt = ({ units }: Plan): string[] => [...new Set(units.map(({ path }) => path))].sort()
