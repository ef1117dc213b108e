import { gone, row } from './row.mjs'

const paths = 'hostile/paths.test.ts'
const confine = (find, replace) => gone('workspace/confine.ts', find, replace)
/** What is outside: the name is resolved before it is opened, and the open file is asked where it lies. */
const whereItLies = confine(
  'if (!contains(root, absolute) || isSecret(real) || isSecret(asked))',
  'if (isSecret(real) || isSecret(asked))',
)
const whereItWasOpened = confine(
  "if (process.platform === 'linux' && !contains(root, await readlink(`/proc/self/fd/${handle.fd}`)))\n      throw notAvailable(path)",
)

/** Cases 1 to 9: names, links, files of every kind. */
export const reading = [
  row(1, [paths, 'leads nowhere when it lies outside'], whereItLies, whereItWasOpened),
  row(1, [paths, 'is refused outside of the folder that was opened'], whereItLies, whereItWasOpened),
  row(2, [paths, 'leads nowhere through links, whole or broken'], whereItLies, whereItWasOpened),
  row(3, ['torture/torture.test.ts', 'a folder that keeps turning into a link'], whereItWasOpened),
  row(4, [paths, 'is never waited for'], confine(' | (constants.O_NONBLOCK ?? 0)')),
  row(
    4,
    [paths, 'is never waited for'],
    confine('if (!stat.isFile() && !stat.isDirectory()) throw notAvailable(path)'),
  ),
  row(
    5,
    [paths, 'a file of 50 GB'],
    confine('while (size < maxBytes) {', 'maxBytes *= 100\n  while (size < maxBytes) {'),
  ),
  row(
    5,
    [paths, 'a file of 10 MB in one line'],
    gone('input/files.ts', 'if (truncated || text !== whole) {', 'if (text !== whole) {'),
  ),
  row(
    6,
    [paths, 'is denied under every name when it is a secret'],
    confine('isSecret(real) || isSecret(asked)', 'isSecret(asked)'),
  ),
  row(
    6,
    [paths, 'is denied under every name when it is a secret'],
    confine('isSecret(real) || isSecret(asked)', 'isSecret(real)'),
  ),
  row(7, [paths, 'is taken as it is written'], confine('if (isOddName(path)) throw notAvailable(path)')),
  row(
    8,
    [paths, 'is decoded or refused by what it is'],
    gone('workspace/decode.ts', "includes(0) ? null : 'utf-8'", "includes(0) ? 'utf-8' : 'utf-8'"),
  ),
  row(
    8,
    [paths, 'is decoded or refused by what it is'],
    gone('workspace/decode.ts', "if (starts(0xff, 0xfe)) return 'utf-16le'"),
  ),
  row(
    8,
    [paths, 'is decoded or refused by what it is'],
    gone('workspace/decode.ts', '{ fatal: true }', '{ fatal: false }'),
  ),
  row(
    9,
    [paths, 'is walked in bounds, in order, and around no loop'],
    gone('workspace/walk.ts', "if (folder.split('/').length < deepest) return entries", 'return entries'),
  ),
  row(
    9,
    [paths, 'is walked in bounds, in order, and around no loop'],
    gone('workspace/worktree.ts', '!found.isDirectory() || '),
    gone('workspace/worktree.ts', 'if (!isPlain(root, folder)) return entries'),
  ),
  row(
    9,
    ['torture/torture.test.ts', 'a tree of 110,000 files'],
    gone('workspace/worktree.ts', '++seen > limits.entries || '),
  ),
]
