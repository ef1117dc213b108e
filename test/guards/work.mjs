import { row, weaken } from './row.mjs'

const bad = (name) => ['app/work/work.test.ts', name]
const spec = (name) => ['app/work/spec.test.ts', name]

/** What a written task is judged by. */
export const work = [
  row('13.37', spec('has front matter of 100 kB'), 'spec-front'),
  row('13.47', bad('changes another file'), 'work-stuck'),
  row('13.35', bad('deletes the test'), weaken('work-weakened', '?? result', '&& result')),
  row('13.34', bad('the rounds are used up'), 'work-checks'),
  row('13.34', bad('claims that all is done'), 'work-stopped'),
  row(
    '13.35',
    ['doors/cli/work.test.ts', 'puts the changes into the working tree when every check holds'],
    weaken('work-apply', 'isHeld ? undefined : heldBack', 'undefined'),
  ),
]
