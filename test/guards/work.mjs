import { instead, row, weaken } from './row.mjs'

const bad = (name) => ['doors/cli/work-models.test.ts', name]
const within = (name) => ['app/work/work.test.ts', name]
const task = (name) => ['app/work/tasks.test.ts', name]
const built = (name) => ['doors/cli/work.test.ts', name]
const spec = (name) => ['app/work/spec.test.ts', name]

/** What a written task is judged by. */
export const work = [
  row('13.37', spec('has front matter of 100 kB'), 'spec-front'),
  row('13.47', bad('changes another file'), 'work-stuck'),
  row(
    '13.35',
    bad('gets the check by a command'),
    weaken('work-weakened', 'lost.find(({ check }) => check === result.check) ?? ', ''),
  ),
  row(
    '13.35',
    bad('puts a new makefile before'),
    weaken('new-test-settings', 'newNames.some((pattern) => pattern.test(path))', 'false'),
  ),
  row(
    '14.2',
    within('do not count where they were changed to hold'),
    weaken(
      'tests-within',
      'await undisturbed(copy, state.look, async () => changedWithin(copy, state.look, tests))',
      '[]',
    ),
  ),
  row('14.2', task('what is never proposed helps no check'), weaken('proposed-is-checked', '...refused, ')),
  row('13.34', bad('the rounds are used up'), 'work-checks'),
  row('13.34', bad('claims that all is done'), 'work-stopped'),
  row(
    '13.35',
    built('puts the changes into the working tree when every check holds'),
    weaken('work-apply', 'isHeld ? undefined : heldBack', 'undefined'),
  ),
  row('13.34', task('the checks of a spec need consent'), weaken('work-checks-consent', 'isAllowed || ', 'true || ')),
  row('13.37', ['app/work/round-prompt.test.ts', 'a spec that is longer than the window'], 'spec-fits'),
  row('13.34', built('a claim is not in the verdict'), 'round-without-call'),
  row('13.35', task('a secret in what a check prints'), instead('work-secrets', 'return report')),
  row('13.34', task('a quote that the patch does not add'), weaken('criterion-quote', ' && isAdded(quote, added)')),
  row('13.36', task('a check that held before proves nothing'), instead('criterion-held', "return 'met'")),
  row('13.37', built('is a link that leads out'), 'spec-link'),
  row('13.34', task('without a check nothing is verified'), 'work-verified'),
  row('13.34', task('a quote that the patch does not add'), instead('work-criteria', "return 'done'")),
  row('13.22', ['workspace/changes/restore.test.ts', 'through a link'], 'restore-links'),
]
