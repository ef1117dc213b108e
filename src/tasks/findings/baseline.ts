import { isError } from '../../errors.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import type { Baseline } from './baseline-schema.ts'
import { isProtected } from './checks.ts'
import type { Finding } from './finding.ts'

/** Where the accepted findings of a repository stand, relative to its root. */
export const baselineFile = '.local-brain/baseline.json'

const none: Baseline = { schema: 'local-brain.baseline/1', findings: [] }

/** `problem`: there is a file, but it is no baseline, so it hides nothing. */
export type LoadedBaseline = { baseline: Baseline; problem?: string }

/** Read through the workspace, so that a hook sees the one that is being committed. */
export async function loadBaseline(workspace: Workspace): Promise<LoadedBaseline> {
  let text: string
  try {
    text = (await workspace.read(baselineFile, { maxBytes: 8_000_000 })).text
  } catch (error) {
    if (isError(error, 'not-available')) return { baseline: none }
    if (isError(error, 'unreadable-file')) return broken
    throw error
  }
  return parseBaseline(text)
}

const broken: LoadedBaseline = { baseline: none, problem: `"${baselineFile}" is not a baseline and hides nothing` }

async function parseBaseline(text: string): Promise<LoadedBaseline> {
  const { baselineSchema } = await import('./baseline-schema.ts')
  try {
    return { baseline: baselineSchema.parse(JSON.parse(text)) }
  } catch {
    return broken
  }
}

/** The baseline with these findings too, by path and rule. What no baseline can hide is left out. */
export function extendBaseline(baseline: Baseline, findings: readonly Finding[]): Baseline {
  const added = findings
    .filter((finding) => !isProtected(finding))
    .map(({ id, rule, path, title }) => ({ id, rule, path, title }))
  const byId = new Map([...baseline.findings, ...added].map((entry) => [entry.id, entry]))
  const order = ({ path, rule, id }: Baseline['findings'][number]) => `${path}\0${rule}\0${id}`
  return { ...baseline, findings: [...byId.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1)) }
}
