import type { Emit } from '../core/events.ts'
import { type Access, includes } from '../core/access.ts'
import { type Approve, type Permit, type StandingConsent, createConsent, readOnly } from '../core/permission.ts'
import { LocalBrainError } from '../errors.ts'
import type { Skill } from '../skills/skill.ts'
import type { Editor } from '../workspace/edit.ts'
import type { NoSandbox } from '../workspace/sandbox/find.ts'
import type { Sandbox } from '../workspace/sandbox/sandbox.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { changeLimits } from './limits.ts'

/** What a person allows, and who answers for the rest. */
export type Consent = {
  /** What is allowed without asking. Default: to read. */
  allow?: Access
  /** Globs of files that need no more consent than others, although something else runs or obeys them. */
  allowPaths?: readonly string[]
  /** A git hook only reads, whatever anybody allows. */
  hook?: boolean
  /** Decides about each call in place of what is allowed here. */
  permit?: Permit
  /** Asks a person about what is not allowed. */
  approve?: Approve
  /** The sandbox for commands, or the reason why commands cannot be run. Default: no commands. */
  sandbox?: Sandbox | NoSandbox
}

/** What the tools of a session may do: no more than the tool, the skill and the person agree on. */
export type Granted = {
  access: Access
  permit: Permit
  /** What is allowed without asking, which may be changed. Absent where something else decides. */
  consent?: StandingConsent
  /** Opens the only way to write in a workspace, and not to our own places. Absent where nothing may be written. */
  edit?: (workspace: Workspace, ours: readonly string[]) => Promise<Editor>
  warnings: string[]
}

export function grantAccess(consent: Consent, skill: Skill, emit: Emit): Granted {
  const { allow = 'read', allowPaths, hook = false, approve, permit, sandbox } = consent
  if (hook) return { access: 'read', permit: readOnly, warnings: hookWarnings(skill) }
  // Don't offer a tool that nobody can permit, so that a model never sees a tool that can only fail.
  // guard: no-sandbox-no-commands
  const most = sandbox !== undefined && 'run' in sandbox ? 'run' : 'write'
  const answered = permit !== undefined || approve !== undefined ? most : allow
  const offered = includes(most, answered) ? answered : most
  const access = includes(offered, skill.access) ? skill.access : offered
  const standing = createConsent({ allow, approve, emit })
  const granted = {
    access,
    permit: permit ?? standing.permit,
    consent: permit === undefined ? standing : undefined,
    warnings: unofferedWarnings(skill, access, sandbox),
  }
  if (access === 'read') return granted
  const edit = async (workspace: Workspace, ours: readonly string[]) => {
    const { createEditor } = await import('../workspace/edit.ts')
    return createEditor(workspace, {
      scope: skill.scope,
      allowPaths,
      ours,
      limits: changeLimits(skill),
      onChange: (change) => emit({ type: 'change', ...change, by: 'tool' }),
    })
  }
  return { ...granted, edit }
}

function hookWarnings({ name, access }: Skill): string[] {
  if (access === 'read') return []
  // guard: hook-only-reads
  throw new LocalBrainError('invalid-skill', `Skill "${name}" has access ${access}, and a hook only reads`, {
    hint: 'use a skill without "access" in hooks',
  })
}

function unofferedWarnings({ name, access: wanted }: Skill, access: Access, sandbox: Consent['sandbox']): string[] {
  if (access === wanted) return []
  const isBoxless = access === 'write' && sandbox !== undefined && 'reason' in sandbox
  const why = isBoxless ? `commands cannot be run here, since ${sandbox.reason}` : 'nothing allows that here'
  const hint = isBoxless ? `; ${sandbox.hint}` : `; --allow ${wanted} changes that`
  const offered = access === 'read' ? 'tools that read' : 'tools that read and write'
  return [`skill "${name}" may ${wanted}, but ${why}: the model gets only ${offered}${hint}`]
}
