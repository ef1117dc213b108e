import { instead, row, weaken } from './row.mjs'

const paths = 'hostile/paths.test.ts'
/** What is outside: the name is resolved before it is opened, and the open file is asked where it lies. */
const outside = [weaken('visible-place', '!contains(root, absolute) || '), 'opened-inside']

/** Cases 1 to 9: names, links, files of every kind. */
export const reading = [
  row(1, [paths, 'leads nowhere when it lies outside'], ...outside),
  row(1, [paths, 'is refused outside of the folder that was opened'], ...outside),
  row(2, [paths, 'leads nowhere through links, whole or broken'], ...outside),
  row(3, ['torture/torture.test.ts', 'a folder that keeps turning into a link'], 'opened-inside'),
  row(4, [paths, 'is never waited for'], weaken('open-flags', ' | (constants.O_NONBLOCK ?? 0)')),
  row(4, [paths, 'is never waited for'], 'file-or-folder'),
  row(5, [paths, 'a file of 50 GB'], weaken('read-limit', 'while (', 'maxBytes *= 100\n  while (')),
  row(5, [paths, 'a file of 10 MB in one line'], weaken('cut-file-said', 'truncated || ')),
  row(
    6,
    [paths, 'is denied under every name when it is a secret'],
    weaken('visible-place', 'isSecret(real, kind) || '),
  ),
  row(
    '12.11',
    [paths, 'is denied by every way to it'],
    weaken('secret-words', '(isAbout.test(said) && !isDesign.test(said))', 'false'),
  ),
  row('12.11', [paths, 'is denied by every way to it'], weaken('secret-names', ' || isEnding(name)')),
  row(
    6,
    [paths, 'is denied under every name when it is a secret'],
    weaken('visible-place', ' || isSecret(asked, kind)'),
  ),
  row(7, [paths, 'is taken as it is written'], 'odd-name'),
  row(8, [paths, 'is decoded or refused by what it is'], instead('nul-is-binary', "return 'utf-8'")),
  row(8, [paths, 'is decoded or refused by what it is'], 'utf-16-mark', 'utf-16-nuls'),
  row(8, [paths, 'is decoded or refused by what it is'], weaken('strict-decoding', 'fatal: true', 'fatal: false')),
  row(9, [paths, 'is walked in bounds, in order, and around no loop'], instead('walk-depth', 'return entries')),
  row(
    9,
    [paths, 'is walked in bounds, in order, and around no loop'],
    weaken('walk-no-links', '!found.isDirectory() || '),
    'walk-plain-folder',
  ),
  row(9, ['torture/torture.test.ts', 'a tree of 110,000 files'], weaken('walk-limit', '++seen > limits.entries || ')),
]
