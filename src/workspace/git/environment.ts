/**
 * The variables that git may see or that say where a hook stands: PATH, HOME, XDG_CONFIG_HOME, GIT_DIR, GIT_WORK_TREE,
 * GIT_INDEX_FILE; and LOCAL_BRAIN_GIT_OBJECTS, which git never sees. The front door passes them; everything else in it is
 * dropped.
 */
export type GitEnvironment = Readonly<Record<string, string | undefined>>

export type GitSetting = readonly [key: string, value: string]

// Settings that start a program or reach beyond the repository, switched off, and those that would change what our
// parsers read. What only a flag switches off is in git.ts, next to the commands.
const settings: readonly GitSetting[] = [
  // guard: core.fsmonitor
  ['core.fsmonitor', 'false'],
  // guard: core.hooksPath
  ['core.hooksPath', '/dev/null'],
  ['core.pager', 'cat'],
  // It says which tree a commit has, and git believes it without a look at the commit.
  // guard: core.commitGraph
  ['core.commitGraph', 'false'],
  // Larger files are compared as binary ones: git would hold them in memory several times.
  ['core.bigFileThreshold', '32m'],
  // guard: log.showSignature
  ['log.showSignature', 'false'],
  // guard: safe.bareRepository
  ['safe.bareRepository', 'explicit'],
  ['status.submoduleSummary', 'false'],
  ['submodule.recurse', 'false'],
  ['color.ui', 'false'],
  ['core.quotePath', 'false'],
  // A diff would write the index anew, whatever GIT_OPTIONAL_LOCKS says; without, it lists what was only touched.
  // guard: diff.autoRefreshIndex
  ['diff.autoRefreshIndex', 'false'],
  ['diff.noprefix', 'false'],
  ['diff.mnemonicPrefix', 'false'],
  ['diff.relative', 'false'],
  ['diff.suppressBlankEmpty', 'false'],
]

const passed = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'SYSTEMROOT'] as const

/** The environment of every git process, built from nothing. `more` are settings below our own, `last` above them. */
export function gitEnvironment(
  environment: GitEnvironment,
  more: readonly GitSetting[] = [],
  last: readonly GitSetting[] = [],
): Record<string, string> {
  const env: Record<string, string> = {
    LC_ALL: 'C',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_LITERAL_PATHSPECS: '1',
    // What a partial clone lacks stays missing: newer gits do not try, older ones have no protocol to try with.
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
    // What was committed counts, not what replaces it here.
    // guard: GIT_NO_REPLACE_OBJECTS
    GIT_NO_REPLACE_OBJECTS: '1',
    // guard: GIT_GRAFT_FILE
    GIT_GRAFT_FILE: '/dev/null',
    // guard: GIT_OPTIONAL_LOCKS
    GIT_OPTIONAL_LOCKS: '0',
    GIT_PAGER: 'cat',
    GIT_TERMINAL_PROMPT: '0',
  }
  for (const name of passed) {
    const value = environment[name]
    if (value !== undefined) env[name] = value
  }
  // Through the environment and not `-c`: `-c filter.x=y.clean=` does not reach a driver named `x=y`.
  const all = [...more, ...settings, ...last]
  env.GIT_CONFIG_COUNT = String(all.length)
  for (const [index, [key, value]] of all.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key
    env[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return env
}
