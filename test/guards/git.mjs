import { instead, row, weaken } from './row.mjs'

const hostile = 'hostile/git.test.ts'
const sizes = 'hostile/git-size.test.ts'
const stores = 'hostile/git-store.test.ts'
const starts = (name) => [hostile, `no run starts what '${name}`]
const commit = (how) => ['hostile/hook.test.ts', `a commit is reviewed as it is made: ${how}`]
const theStaged = weaken('staged-diff', "'--cached'", "'HEAD'")
const theIndex = 'hook-index'

/** Four guards at once, each enough by itself: what may begin a revision, --end-of-options, --verify, what an id is. */
const unresolved = instead('git-revision', 'resolve: async (revision) => revision')

/** Cases 11 to 20: what a repository says to git. */
export const git = [
  row(
    12,
    ['workspace/git/git.test.ts', 'a command that is given nothing to read comes to its end'],
    instead('git-input-ends', 'input: () => task.input'),
  ),
  row(11, starts('core.fsmonitor'), 'core.fsmonitor'),
  row(11, starts('include.path'), 'core.fsmonitor'),
  row(11, starts('core.hooksPath'), 'core.hooksPath', 'diff.autoRefreshIndex', 'GIT_OPTIONAL_LOCKS'),
  row(11, starts('diff.external'), 'git-no-ext-diff'),
  row(11, starts('diff.x.textconv'), 'git-no-textconv'),
  // git takes an empty process for one, which leaves the other out.
  row(11, starts('filter.x.clean'), 'filter-clean', 'filter-smudge', 'filter-process'),
  row(
    11,
    starts('gpg.program with log.showSignature'),
    'log.showSignature',
    instead('git-log-flags', 'log: diffFlags'),
    instead('git-show-flags', 'show: diffFlags'),
  ),
  row(
    11,
    starts('a submodule with core.fsmonitor'),
    'git-clean-submodules',
    'git-short-submodules',
    instead('git-status-flags', 'status: []'),
  ),
  row(12, [hostile, 'a filter that never answers'], 'filter-process'),
  row(
    12,
    starts('a filter named x=y'),
    weaken('filter-drivers', '[...drivers]', "[...drivers].filter((name) => !name.includes('='))"),
  ),
  row(12, [hostile, 'a git that waits for ever'], 'git-interrupt'),
  row(13, [hostile, 'core.worktree is /etc'], 'git-work-tree', 'git-borrowed'),
  row(13, [hostile, 'a .git file names another repository'], 'git-borrowed'),
  row(13, [hostile, 'a bare repository among the files'], 'safe.bareRepository', 'git-inside'),
  row(14, [hostile, 'from a person'], unresolved),
  row(14, [hostile, 'from a model'], unresolved),
  row(
    15,
    [hostile, 'no path of a model leads out of it'],
    instead('model-path-relative', 'const wanted = path'),
    'model-path-visible',
    instead('model-path-shown', 'const place = wanted'),
  ),
  row(15, [hostile, 'without a repository there is no diff'], 'no-repository'),
  row(16, commit('with commit -a'), theIndex),
  row(16, commit('with named paths'), theIndex),
  row(16, commit('in a folder of a linked work tree'), theIndex),
  row(16, commit('with --amend'), theStaged),
  row(16, commit('the first of a repository'), theStaged),
  row(16, commit('with settings of the command line'), theStaged),
  row(17, [hostile, 'the settings of the person change nothing'], 'GIT_CONFIG_GLOBAL', 'git-no-ext-diff'),
  row(18, [hostile, 'a name that looks like something else'], weaken('git-raw-names', ' -z')),
  row(19, [hostile, 'of too large a change'], 'diff-limit'),
  ...['under npx', 'under husky', 'with a folder of the repository'].map((how) =>
    row('12.0', ['hostile/programs.test.ts', how], instead('program-outside', 'return { path: candidate, refused }')),
  ),
  row(20, [hostile, 'one of another user'], 'git-owner'),
  ...['the objects are a link', 'single objects are links', 'the index is a link', 'a branch is a link'].map((name) =>
    row('12.4', [stores, name], 'git-link'),
  ),
  row('12.4', [stores, 'alternates name another repository'], 'git-alternates'),
  row('12.4', [stores, 'refs/replace for the commit'], 'GIT_NO_REPLACE_OBJECTS'),
  row('12.4', [stores, 'a commit graph with another tree'], 'core.commitGraph'),
  row('12.4', [stores, 'a graft that says it has no parents'], 'GIT_GRAFT_FILE'),
  row(
    '12.4',
    [stores, 'a shallow file that says so'],
    weaken('git-shallow', '(await runPastShallow(task, place)) ?? '),
  ),
  row(
    '12.4',
    [stores, 'packed references that git cannot read'],
    instead('git-words', "const { complaint, words, hint } = { complaint: 'unknown', words: text, hint: undefined }"),
  ),
  row('12.5', [hostile, 'a revision is no search: HEAD^{/start}'], instead('git-search', 'return true')),
  row(
    '12.5',
    [sizes, 'git may take a gigabyte'],
    weaken('git-memory', '{ ulimit -t ${maxSeconds}; ulimit -d ${maxMemory}; } 2>/dev/null; '),
  ),
  row('12.5', ['torture/git-size.test.ts', 'files of half a gigabyte'], weaken('git-exact-renames', "'-M100%'")),
  row('12.1', ['workspace/glob.test.ts', 'a glob of any length is refused in no time: {'], 'glob-length'),
  row('12.1', ['tools/line-matcher.test.ts', 'written out too long is refused: (?:a{50}b{50}){20}'], 'expression-size'),
  row('12.2', [hostile, 'a named pipe in place of index'], 'git-pipe'),
  row(
    'P1',
    ['hostile/programs.test.ts', 'does not take that of the repository under npx'],
    instead('hook-path', "'  lb_path=$PATH'"),
  ),
  row(
    'P1',
    ['hostile/programs.test.ts', 'does not take that of the repository under husky'],
    instead('hook-path', "'  lb_path=$PATH'"),
  ),
  row(
    'P7',
    ['doors/hooks/install.test.ts', 'a script that hides it is not touched'],
    instead('hook-code', String.raw`const code = script.replace(/(^|\s)#.*$/gm, '$1'), text = code`),
  ),
  row('12.4', [stores, 'is refused where other folders are named'], instead('git-alternates', '')),
  row('12.4', [stores, 'is refused where the mirror leads elsewhere itself'], 'git-lender'),
]
