import { join } from 'node:path'

export type StorePaths = { config: string; cache: string; state: string }

/** The folders of the XDG base directory specification, which says to ignore relative values. */
export function storePaths(environment: Record<string, string | undefined>, home: string): StorePaths {
  const folder = (name: string, fallback: string) => {
    const value = environment[name]
    // guard: absolute-xdg
    return join(value?.startsWith('/') ? value : join(home, fallback), 'local-brain')
  }
  return {
    config: folder('XDG_CONFIG_HOME', '.config'),
    cache: folder('XDG_CACHE_HOME', '.cache'),
    state: folder('XDG_STATE_HOME', '.local/state'),
  }
}
