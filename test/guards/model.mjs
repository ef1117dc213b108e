import { instead, row, weaken } from './row.mjs'

const terminal = 'hostile/terminal.test.ts'
const modelTest = 'hostile/model.test.ts'
const markdownTest = 'hostile/markdown.test.ts'
const runnerTest = 'hostile/runner.test.ts'
const decoys = 'hostile/decoys.test.ts'
const longReplies = 'hostile/long-replies.test.ts'

/** Cases 29 to 33: what a file and a model say. */
export const model = [
  row('13.6', ['engines/chat/persist.test.ts', 'and one that thinks on and on'], 'thinking-bound'),
  row(29, [terminal, 'nothing of a model or a file controls the terminal: markdown'], 'visible-text'),
  row(
    29,
    [terminal, 'nothing of a model or a file controls the terminal: json'],
    instead('visible-json', 'return JSON.stringify(value, null, indent)'),
  ),
  row(29, [terminal, 'nor does a server'], 'visible-server-text', 'visible-text'),
  row(30, [modelTest, 'no model talks away'], weaken('line-checks', ', invisible')),
  row(30, [modelTest, 'no model talks away'], weaken('checks-merged', 'checks, hides,', 'checks: [], hides,')),
  row(
    31,
    [modelTest, 'an answer that cannot be used reviews nothing'],
    instead('review-unusable', "reply.value ??= { analysis: '', findings: [] }"),
  ),
  row(32, [modelTest, 'the same one fifty times'], instead('stuck', 'return undefined')),
  row(
    32,
    ['app/chat/create-chat.test.ts', 'changes a file back and forth is asked to answer'],
    instead('back-and-forth', 'circled = false'),
  ),
  row(32, [modelTest, 'a model that never stops is stopped'], weaken('last-turn', 'turn >= limits.turns || ')),
  row(32, [modelTest, 'wrong arguments are errors'], 'right-arguments'),
  row(33, [modelTest, 'padding pushes nothing out of sight'], instead('no-truncation', 'truncate: true')),
  row(
    33,
    [modelTest, 'padding pushes nothing out of sight'],
    weaken('fitting-pieces', 'charsIn(unit, room)', '1e9'),
    instead('smaller-pieces', 'const pieces = []'),
  ),

  row(
    29,
    [terminal, 'nothing of a model or a file controls the terminal: markdown'],
    weaken('visible-tool-name', 'escapeLine(event.name)', 'event.name'),
  ),
  row(31, [modelTest, 'what the text asks it to reply'], instead('review-analysis', 'return { analysis, findings }')),
  row(31, [modelTest, 'findings of another shape alone'], 'review-readable'),
  row('html', ['report/html.test.ts', 'changes show their files'], instead('html-text', 'return text')),
  row(
    29,
    [markdownTest, 'on standard output'],
    instead('neutral-answer', 'const text = escapeText(report.answer).trimEnd()'),
  ),
  row(29, [markdownTest, 'no field of a finding does either'], instead('neutral-inline', 'const isActive = false')),
  row(31, [longReplies, 'empty objects'], instead('reply-length', 'return text')),
  row(
    31,
    ['hostile/fuzz.test.ts', 'of any findings only those stay whose quote stands'],
    weaken('quote-found', 'unit.shown)', 'unit.shown) ?? { from: 0, to: 0, exact: false }'),
  ),
  row(
    32,
    [modelTest, 'no text that a model reads gives it another tool'],
    instead('known-tool', "if (tool === undefined) return settle(true, 'done')"),
  ),
  row(29, [runnerTest, 'nothing that a model says is a command to the runner in markdown'], 'runner-output'),
  row(29, [runnerTest, 'nothing that a model says is a command to the runner in markdown'], 'runner-line'),
  row(29, [runnerTest, 'nor is anything of a review as sarif'], 'runner-bracket'),
  row(
    30,
    [decoys, 'typescript a true finding stays, and fails the job if it is critical'],
    weaken('critical-stays', "severity === 'critical' || "),
  ),
  row(
    30,
    [decoys, 'typescript a true finding stays, and fails the job with the fix in a block comment before it'],
    weaken('fix-runs', 'lines.every((line) => isCode(at(line))) && sharesBlock(at(first), at(beside))', 'true'),
  ),
  row(
    30,
    [decoys, 'python a true finding stays, and fails the job with the fix in a raw string before it'],
    weaken('fix-runs', 'lines.every((line) => isCode(at(line))) && sharesBlock(at(first), at(beside))', 'true'),
  ),
  row(
    30,
    [decoys, 'go a true finding stays, and fails the job with the fix in another function before it'],
    weaken('fix-runs', ' && sharesBlock(at(first), at(beside))'),
  ),
  row(
    '12.1',
    [longReplies, 'is cut where no more was asked for, and says so'],
    instead('prose-length', 'return reply'),
  ),
  row('12.1', ['hostile/growth.test.ts', 'the time for a file grows as its length does between signs'], 'mark-length'),
]
