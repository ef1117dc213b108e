import { instead, row, weaken } from './row.mjs'

const edit = 'workspace/edit.test.ts'
const matching = 'tools/replace-text.test.ts'
const permits = 'core/permission.test.ts'
const editing = 'tools/edit-file.test.ts'
const wholeFile = 'tools/write-file.test.ts'
const run = 'doors/cli/writing.test.ts'
const session = 'app/access.test.ts'
const question = 'doors/cli/approve.test.ts'
const swap = ['hostile/writing.test.ts', 'a folder that keeps turning into a link']

/** What may be written: names, links, files that are never touched, limits. */
export const writing = [
  row(
    'W1',
    [edit, '../x" is told to be missing'],
    'written-inside',
    'folder-written-inside',
    'write-inside',
    'inside-at-the-end',
  ),
  row('W1', [edit, '"a:b" is told to be missing'], 'odd-never-written'),
  row('W2', [edit, 'through a folder that is a link'], 'folder-written-inside'),
  row('W2', [edit, 'through a link to a file, or to nothing'], 'link-never-written'),
  row('W2', swap, weaken('write-no-links', 'folderFlags', '0'), 'write-inside', 'inside-at-the-end'),
  row('W3', [edit, 'a file that another program changed in between'], 'unchanged-since'),
  row('W4', [edit, '.GIT/config, which is said to be read-only'], 'git-never-written'),
  row('W4', [edit, 'id_rsa", which is told to be missing'], 'secret-never-written'),
  row('W4', [edit, '.Local-Brain/x", which is told to be missing'], 'skills-never-written'),
  row('W4', [edit, 'out/a.js", which is told to be missing'], 'ignored-never-written'),
  row('W4', [edit, '.config/Local-Brain/x", which is told to be missing'], 'own-folders-never-written'),
  row('W4', [edit, 'our own program'], 'ours-never-written'),
  row('W4', [edit, 'what lies outside of the scope of a skill'], 'scope'),
  row('W5', [edit, '.GitHub/Workflows/ci.yml'], instead('sensitive-files', 'const rule = undefined')),
  row('W5', [edit, 'are marked in a draft'], instead('sensitive-asked', 'const sensitive = undefined')),
  row('W6', [edit, 'a file that is read-only'], 'read-only-kept'),
  row('W7', [edit, 'UTF-16 is refused with a reason'], 'utf-16-kept'),
  row('W7', [edit, 'the mode stays, except for bits'], 'mode-kept'),
  row('W8', [matching, 'is named by its lines, and nothing is replaced'], 'one-passage'),
  row('W8', [matching, 'is not confused with one that is still to be made'], 'already-there'),
  row('W10', [matching, 'is allowed where it is there already'], instead('lazy-marker', 'return candidates[0]')),
  row('W5', [permits, 'is asked about however much is allowed'], 'sensitive-consent'),
  row('W5', [permits, 'is refused where there is nobody to ask'], 'nobody-to-ask'),
  row('W8', [editing, 'an exact text proves that it knows it'], 'lenient-needs-reading'),
  row('W9', [wholeFile, 'does not overwrite what was never read'], 'read-before-write'),
  row('W9', [wholeFile, 'does not overwrite what an editor changed since'], 'changed-since-read'),
  row('W9', [wholeFile, 'does not write a long file anew'], 'long-file-kept'),
  row('W10', [editing, 'what is not there is not changed a marker'], 'lazy-refused'),
  row(
    'W11',
    [editing, 'is refused with the line, and done when it is meant'],
    instead('syntax-kept', 'return undefined'),
  ),
  row('W12', [wholeFile, 'refuses code that defines something else'], 'same-definition'),
  row(
    'W1.1',
    [run, 'a skill with a tool above its access'],
    weaken('tool-above-access', '!includes(access, tool.access)', 'false'),
  ),
  row('W1.1', [run, 'a skill with findings with more than reading'], 'findings-only-read'),
  row('W1.1', [session, 'and refuses a skill that wants more'], 'hook-only-reads'),
  row(
    'W1.1',
    [session, 'when nothing is allowed and nobody is there'],
    weaken('offered-tools', '.filter((tool) => includes(access, tool.access))'),
  ),
  row('W1.2', [run, 'is not offered where there is no terminal'], 'terminal-to-ask'),
  row('W1.2', [question, 'nothing in a change steers the terminal'], weaken('visible-question', 'escapeLine(', '(')),
  row('W13', [permits, 'the third refusal in a row'], instead('refused-thrice', 'return false')),
  row('W13', [permits, 'the time that a person thinks'], 'person-thinks'),
  row('W13', [edit, 'too many files'], 'changed-files'),
  row('W13', [edit, 'too many lines'], weaken('changed-lines', 'size.lines > lines', 'false')),
  row('W13', [edit, 'a file that is too large, before or after'], 'written-size'),
  row('W14', [edit, 'nothing is moved over something else'], 'move-overwrites-nothing'),
  row('W14', [edit, 'what was shown is what goes'], 'shown-is-done'),
  row('W15', [edit, 'a name that is there with other bytes'], 'no-twin'),
]
