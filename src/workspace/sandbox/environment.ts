import { outsidePath } from '../program.ts'

/** Switches that make package managers fail at once where there is no network, instead of after minutes. */
const offline = {
  npm_config_offline: 'true',
  CARGO_NET_OFFLINE: 'true',
  PIP_NO_INDEX: '1',
  UV_OFFLINE: '1',
  GOPROXY: 'off',
} as const

/** What no name in the user's configuration brings in. */
const never =
  /(?:TOKEN|KEY|SECRET|PASSWORD|CREDENTIALS?)$|^(?:SSH|DOCKER|OLLAMA|LD|DYLD|GIT)_|^(?:NODE_OPTIONS|BASH_ENV|ENV|PROMPT_COMMAND)$/i

export type EnvironmentOptions = {
  /** The person's own environment. */
  given: Readonly<Record<string, string | undefined>>
  home: string
  /** Canonical folders that a repository can fill: no program comes from them. */
  folders: readonly string[]
  network: boolean
  /** Names of variables that the user's configuration passes on. */
  passed?: readonly string[]
}

/** The environment of a command, made from nothing. */
export function commandEnvironment({ given, home, folders, network, passed = [] }: EnvironmentOptions) {
  const environment: Record<string, string> = {
    PATH: outsidePath(given['PATH'], folders),
    HOME: home,
    LANG: given['LANG'] ?? 'C.UTF-8',
    TERM: 'dumb',
    TMPDIR: '/tmp',
    XDG_CACHE_HOME: `${home}/.cache`,
    CI: '1',
    NO_COLOR: '1',
    PAGER: 'cat',
    // What Python keeps beside a file would show up as a change.
    PYTHONDONTWRITEBYTECODE: '1',
    GIT_PAGER: 'cat',
    GIT_TERMINAL_PROMPT: '0',
    ...(network ? {} : offline),
  }
  for (const name of passed) {
    const value = given[name]
    // guard: sandbox-variables
    if (value !== undefined && !never.test(name)) environment[name] = value
  }
  return environment
}
