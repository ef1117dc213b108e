import { contains } from '../../workspace/contains.ts'
import { relativeTo } from '../../workspace/confine.ts'
import { parseGlob } from '../../workspace/glob.ts'
import type { Skill } from '../../skills/skill.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import { type FoundCheck, findCheck } from './find-checks.ts'
import type { LoadedSpec } from './load-spec.ts'

/** A task with all that decides about it, as it is before a model is asked. */
export type Assignment = {
  spec: LoadedSpec
  skill: Skill
  /** The check that was found in the project, where nobody named one. */
  found?: FoundCheck
}

type Wish = { checks?: readonly string[] | undefined; noChecks?: boolean | undefined }

/**
 * The skill as this spec needs it: its checks, what it may write, its model. The checks are those of now: what a model
 * changes later is not asked what they are.
 */
export async function assign(
  loaded: Skill,
  workspace: Workspace,
  { spec, checks: given = [], noChecks = false }: Wish & { spec: LoadedSpec },
): Promise<Assignment> {
  const model = spec.model === undefined ? loaded.model : [spec.model, ...loaded.model]
  const skill = { ...loaded, model, scope: spec.scope ?? loaded.scope, checks: [] }
  for (const glob of skill.scope ?? []) parseGlob(glob, true)
  if (noChecks) return { spec, skill }
  const named = spec.criteria.flatMap(({ command }) => (command === undefined ? [] : [checkOf(command)]))
  const checks = unique([...spec.checks, ...loaded.checks, ...named])
  if (checks.length > 0 || given.length > 0) return { spec, skill: { ...skill, checks } }
  const found = await findCheck(workspace)
  return { spec, found, skill: { ...skill, checks: found === undefined ? [] : [checkOf(found.command)] } }
}

function checkOf(command: string): Skill['checks'][number] {
  return { name: command, command, required: true }
}

function unique(checks: Skill['checks']): Skill['checks'] {
  return checks.filter(({ command }, at) => checks.findIndex((other) => other.command === command) === at)
}

/** Where the spec lies in the workspace; undefined outside of it. */
export function pathOfSpec({ file }: LoadedSpec, { root }: Workspace): string | undefined {
  return file !== undefined && contains(root, file) ? relativeTo(root, file) : undefined
}

/** Tells whether a path is one of the files that the spec names. Where it names none, every file is. */
export function targetsOf({ targets }: Pick<LoadedSpec, 'targets'>): (path: string) => boolean {
  const globs = targets.map((target) => ({ target: plain(target), matches: globOf(target) }))
  return (path) =>
    globs.length === 0 ||
    globs.some(({ target, matches }) => path === target || path.startsWith(`${target}/`) || matches(path))
}

function plain(target: string): string {
  return target.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '')
}

/** A name need not be a glob. */
function globOf(target: string): (path: string) => boolean {
  try {
    return parseGlob(target)
  } catch {
    return () => false
  }
}
