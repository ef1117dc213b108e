import { test } from 'vitest'
import { findCriteria } from '../../src/app/work/criteria-list.ts'
import { dataReason } from '../../src/input/data-files.ts'
import { skipByText } from '../../src/input/skip.ts'
import { languageOf } from '../../src/syntax/language.ts'
import { plainMessage } from '../../src/tasks/commit-message/plain-message.ts'
import { expectLinear } from '../growth.ts'

const tabs = (size: number) => '\t'.repeat(size / 2)

// For each of these a pattern once had to try every way to divide it, which took hours for a line of a few hundred signs.
test.each<[string, number, (size: number) => string, (text: string) => unknown]>([
  ['a comment that nearly ends', 390, (size) => `// 'a${'**/'.repeat(size / 3)}[`, (text) => skipByText('a.ts', text)],
  ['a line of yarn.lock', 5000, (size) => 'a@b@c, '.repeat(size / 7), (text) => dataReason('yarn.lock', text)],
  ['a name like that of a licence', 250, (size) => `todo${'-_'.repeat(size / 2)}!`, (text) => languageOf(text)],
  ['a heading of a spec', 5000, (size) => `#${tabs(size * 2)}\u2028`, (text) => findCriteria([text])],
  [
    'a message in a fence',
    5000,
    (size) => `\`\`\`\n${tabs(size)}s${tabs(size)}\nt\`\`\``,
    (text) => plainMessage(text, { shown: '' }),
  ],
])('the time for %s does not explode', { timeout: 60_000 }, async (_, upTo, make, read) => {
  await expectLinear(make, read, { upTo })
})
