import { row, weaken } from './row.mjs'

const applying = 'workspace/changes/apply.test.ts'
const fixing = 'doors/cli/fix.test.ts'
const branching = 'app/working-copy.test.ts'
const copying = 'workspace/changes/snapshot.test.ts'

/** What protects the working tree from a proposal, and the person from what a copy holds. */
export const changes = [
  row(
    '13.3',
    [copying, 'neither filters nor line ends'],
    weaken('own-attributes', '-text !eol !crlf !ident !filter !working-tree-encoding !diff !merge'),
  ),
  row('13.3', [copying, 'a copy holds what the working tree holds'], 'snapshot-secrets'),
  row('13.3', [copying, 'more than a gigabyte'], 'snapshot-limits'),
  row('13.3', [copying, 'two copies at once'], weaken('scratch-in-use', '!isAlive(Number(owner))', 'true')),
  row('13.3', [applying, 'links, secrets, settings of git'], weaken('scratch-ignored', '!ignored.has(path)', 'true')),
  row('13.3', [applying, 'a folder that became a link'], 'apply-plain-folder', 'apply-links'),
  row(
    '13.3',
    [applying, 'a file that was changed since'],
    weaken('apply-compared', 'now?.sha256 === one.before?.sha256', 'true'),
    'apply-unchanged',
  ),
  row('13.3', [applying, 'whatever a kept proposal says'], 'apply-never'),
  row('13.3', [applying, 'another one is at it'], 'journal-in-use'),
  row('13.3', [applying, 'above the size'], 'store-size'),
  row('13.3', ['doors/cli/changes.test.ts', 'kept and said, however long'], 'interrupt-keeping'),
  row(
    '13.3',
    ['hostile/last-resort.test.ts', 'but not while it keeps what was changed'],
    weaken('last-resort-keeping', 'isKeeping ? undefined : '),
  ),
  row('13.3', ['doors/cli/changes.test.ts', 'on a CI runner nothing in a patch'], 'runner-bytes'),
  row('13.5', [fixing, 'the working tree is no longer'], 'fix-quoted'),
  row('13.5', [fixing, 'what is no code'], 'fix-parsed'),
  row('13.5', [fixing, 'a file that other programs run'], 'fix-sensitive'),
  row(
    '13.3',
    [branching, 'whatever is written into a .gitignore'],
    weaken('start-rules', 'options.copy?.of.ignored', 'undefined'),
  ),
  row('13.3', [branching, 'it is refused before anything is done: a merge'], 'branch-unfinished', 'branch-clean'),
  row('13.3', [branching, 'it is refused before anything is done: a rebase'], 'branch-unfinished'),
  row('13.3', [branching, 'it is refused before anything is done: uncommitted'], 'branch-clean'),
  row('13.3', [branching, 'it is refused before anything is done: a name that is none'], 'branch-name'),
]
