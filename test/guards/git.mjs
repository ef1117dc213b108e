import { gone, row } from './row.mjs'

const hostile = 'hostile/git.test.ts'
const starts = (name) => [hostile, `no run starts what '${name}`]
const setting = (name, value) => gone('workspace/git/environment.ts', `  ['${name}', '${value}'],\n`)
const gate = (find, replace) => gone('workspace/git/git.ts', find, replace)
const commit = (how) => ['hostile/hook.test.ts', `a commit is reviewed as it is made: ${how}`]
const theStaged = gone(
  'input/diff-range.ts',
  "const staged = await readDiff(git, ['--cached'])",
  "const staged = await readDiff(git, ['HEAD'])",
)
const theIndex = gate('env: index ? { ...env, GIT_INDEX_FILE: index } : env', 'env')

/** Four guards at once, each enough by itself: what may begin a revision, --end-of-options, --verify, what an id is. */
const unresolved = gate('async resolve(revision) {', 'async resolve(revision) {\n      return revision')

/** Cases 11 to 20: what a repository says to git. */
export const git = [
  row(11, starts('core.fsmonitor'), setting('core.fsmonitor', 'false')),
  row(11, starts('include.path'), setting('core.fsmonitor', 'false')),
  row(
    11,
    starts('core.hooksPath'),
    setting('core.hooksPath', '/dev/null'),
    setting('diff.autoRefreshIndex', 'false'),
    gone('workspace/git/environment.ts', "    GIT_OPTIONAL_LOCKS: '0',\n"),
  ),
  row(11, starts('diff.external'), gate("'--no-ext-diff', ")),
  row(
    11,
    starts('diff.x.textconv'),
    gate("const diffFlags = ['--no-ext-diff', '--no-textconv', ", "const diffFlags = ['--no-ext-diff', "),
  ),
  // git takes an empty process for one, which leaves the other out.
  row(
    11,
    starts('filter.x.clean'),
    gone(
      'workspace/git/settings.ts',
      "    [`${driver}.clean`, ''],\n    [`${driver}.smudge`, ''],\n    [`${driver}.process`, ''],\n",
    ),
  ),
  row(
    11,
    starts('gpg.program with log.showSignature'),
    setting('log.showSignature', 'false'),
    gate("  log: [...diffFlags, '--no-show-signature'],", '  log: diffFlags,'),
    gate("  show: [...diffFlags, '--no-show-signature'],", '  show: diffFlags,'),
  ),
  row(
    11,
    starts('a submodule with core.fsmonitor'),
    gate(" '--ignore-submodules=dirty', '--submodule=short'"),
    gate("status: ['--ignore-submodules=dirty']", 'status: []'),
  ),
  row(
    12,
    [hostile, 'a filter that never answers'],
    gone('workspace/git/settings.ts', "    [`${driver}.process`, ''],\n"),
  ),
  row(
    12,
    starts('a filter named x=y'),
    gone(
      'workspace/git/settings.ts',
      'return [...drivers].flatMap(',
      "return [...drivers].filter((name) => !name.includes('=')).flatMap(",
    ),
  ),
  row(
    12,
    [hostile, 'a git that waits for ever'],
    gone('workspace/git/process.ts', "task.signal?.addEventListener('abort', interrupt)"),
  ),
  row(
    13,
    [hostile, 'core.worktree is /etc'],
    gone('workspace/git/place.ts', 'if (!contains(place.top, cwd)) throw', 'if (cwd === "") throw'),
    gone('workspace/git/place.ts', 'if (!owned)', 'if (cwd === "")'),
  ),
  row(
    13,
    [hostile, 'a .git file names another repository'],
    gone('workspace/git/place.ts', 'if (!owned)', 'if (cwd === "")'),
  ),
  row(13, [hostile, 'a bare repository among the files'], setting('safe.bareRepository', 'explicit')),
  row(14, [hostile, 'from a person'], unresolved),
  row(14, [hostile, 'from a model'], unresolved),
  row(
    15,
    [hostile, 'no path of a model leads out of it'],
    gone('tools/git-changes.ts', 'const wanted = context.workspace.relative(path)', 'const wanted = path'),
    gone('tools/git-changes.ts', "if (wanted !== '.' && !(await", "if (wanted === '' && !(await"),
    gone('tools/git-diff.ts', 'const { path: place } = await workspace.info(wanted)', 'const place = wanted'),
  ),
  row(
    15,
    [hostile, 'without a repository there is no diff'],
    gone('input/diff.ts', 'if (!workspace.git) {', 'if (workspace.root === "") {'),
  ),
  row(16, commit('with commit -a'), theIndex),
  row(16, commit('with named paths'), theIndex),
  row(16, commit('in a folder of a linked work tree'), theIndex),
  row(16, commit('with --amend'), theStaged),
  row(16, commit('the first of a repository'), theStaged),
  row(
    16,
    commit('with settings of the command line'),
    gone('workspace/git/environment.ts', "const passed = ['PATH',", "const passed = ['GIT_CONFIG_PARAMETERS', 'PATH',"),
  ),
  row(
    17,
    [hostile, 'the settings of the person change nothing'],
    gate("    GIT_CONFIG_GLOBAL: '/dev/null',\n"),
    gate("'--no-ext-diff', "),
  ),
  row(18, [hostile, 'a name that looks like something else'], gone('workspace/git/changes.ts', '--raw -z', '--raw')),
  row(19, [hostile, 'of too large a change'], gone('input/diff.ts', 'if (size > mostText) break')),
  ...['under npx', 'under husky', 'with a folder of the repository'].map((how) =>
    row(
      '12.0',
      ['hostile/programs.test.ts', how],
      gone('workspace/program.ts', 'if (isOutside(candidate, folders)) return', 'if (folders) return'),
    ),
  ),
  row(20, [hostile, 'one of another user'], gate("/dubious ownership in repository at '(.*)'/", '/never says this/')),
]
