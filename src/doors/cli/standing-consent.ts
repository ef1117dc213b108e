import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { RunRequest } from '../../app/request.ts'
import { contains } from '../../workspace/contains.ts'
import { findRoot } from '../../workspace/open.ts'
import type { Config } from './config.ts'

type Consent = Pick<RunRequest, 'allow' | 'network' | 'commandRules' | 'checks' | 'sandbox'>

type Where = {
  /** The person's home folder. */
  home: string
  /** What is allowed without being asked, for chat and work. A run is allowed what its flags say, and no more. */
  standing: boolean
}

/**
 * What a person's configuration says about consent and commands, behind what the request says. `ask` false: never ask.
 * Over the general part is that of the innermost folder with a part of its own that the workspace lies in, by real path:
 * each of its keys replaces the general one, but what is never run adds up.
 */
export function consentOf(request: RunRequest, config: Config, { home, standing }: Where): Consent & { ask: boolean } {
  const own = workspaceOf(config, rootOf(request), home)
  const { ask = config.ask ?? true, checks = [] } = own
  const allow = own.allow ?? config.allow ?? []
  // guard: denied-everywhere
  const deny = [...(config.commands?.deny ?? []), ...(own.commands?.deny ?? [])]
  const read = config.sandbox?.read?.map((path) => expand(path, home))
  const sandbox = { ...config.sandbox, read, ...request.sandbox }
  // guard: standing-consent
  if (!standing) return { ...givenIn(request), commandRules: { deny }, sandbox, ask }
  const level = allow.includes('run') ? 'run' : allow.includes('write') ? 'write' : undefined
  return {
    allow: request.allow ?? level,
    network: request.network ?? allow.includes('net'),
    commandRules: { allow: own.commands?.allow ?? config.commands?.allow, deny },
    checks: [...(request.checks ?? []), ...checks],
    sandbox,
    ask,
  }
}

function givenIn({ allow, network, checks }: RunRequest): Consent {
  return { allow, network, checks }
}

type Workspace = NonNullable<Config['workspaces']>[string]

function workspaceOf({ workspaces = {} }: Config, root: string | undefined, home: string): Workspace {
  const named = Object.entries(workspaces).flatMap(([path, own]) => {
    const real = realPath(expand(path, home))
    // guard: workspace-by-real-path
    return real !== undefined && root !== undefined && contains(real, root) ? [{ real, own }] : []
  })
  return named.sort((a, b) => b.real.length - a.real.length)[0]?.own ?? {}
}

/** The workspace that the request will have. */
function rootOf({ root, cwd }: RunRequest): string | undefined {
  const real = realPath(resolve(cwd, root ?? '.'))
  return real === undefined || root !== undefined ? real : findRoot(real)
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined
  }
}

function expand(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path
}
