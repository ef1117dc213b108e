import { gone, row } from './row.mjs'

const terminal = 'hostile/terminal.test.ts'
const modelTest = 'hostile/model.test.ts'

/** Cases 29 to 33: what a file and a model say. */
export const model = [
  row(
    29,
    [terminal, 'nothing of a model or a file controls the terminal: markdown'],
    gone(
      'text/escape.ts',
      '.replace(forbidden, (character) => `\\\\u{',
      '.replace(/never this/g, (character) => `\\\\u{',
    ),
  ),
  row(
    29,
    [terminal, 'nothing of a model or a file controls the terminal: json'],
    gone(
      'text/escape.ts',
      'return JSON.stringify(value, null, indent).replace(forbidden,',
      'return JSON.stringify(value, null, indent).replace(/never this/g,',
    ),
  ),
  row(
    29,
    [terminal, 'nor does a server'],
    gone('engines/ollama/wire-text.ts', '/[\\p{Cc}\\p{Cf}\\p{Cs}]/gu', '/never this/gu'),
    gone(
      'text/escape.ts',
      '.replace(forbidden, (character) => `\\\\u{',
      '.replace(/never this/g, (character) => `\\\\u{',
    ),
  ),
  row(
    30,
    [modelTest, 'no model talks away'],
    gone('tasks/findings/check-line.ts', '[conflict, privateKey, secret, invisible]', '[conflict, privateKey, secret]'),
  ),
  row(
    30,
    [modelTest, 'no model talks away'],
    gone(
      'tasks/findings/check-work.ts',
      'mergeReviews(reviews, { checks, hides })',
      'mergeReviews(reviews, { checks: [], hides })',
    ),
  ),
  row(
    31,
    [modelTest, 'an answer that cannot be used reviews nothing'],
    gone(
      'tasks/findings/review.ts',
      'const reply = await askFor(reviewReplySchema, messages, { model, emit, signal, maxTokens: reviewTokens })',
      "const reply = await askFor(reviewReplySchema, messages, { model, emit, signal, maxTokens: reviewTokens })\n    reply.value ??= { analysis: '', findings: [] }",
    ),
  ),
  row(
    32,
    [modelTest, 'the same one fifty times'],
    gone('core/repeats.ts', 'stuck: () => repeated >= limit', 'stuck: () => false'),
  ),
  row(32, [modelTest, 'a model that never stops is stopped'], gone('core/converse.ts', 'turn >= task.turns || ')),
  row(
    32,
    [modelTest, 'wrong arguments are errors'],
    gone('core/call-tool.ts', 'if (!args.success) return fail(misuse(tool, args.error))'),
  ),
  row(
    33,
    [modelTest, 'padding pushes nothing out of sight'],
    gone('engines/ollama/chat-body.ts', '    truncate: false', '    truncate: true'),
  ),
  row(
    33,
    [modelTest, 'padding pushes nothing out of sight'],
    gone('app/jobs.ts', 'splitUnit(unit, charsIn(unit, room))', 'splitUnit(unit, 1e9)'),
    gone('app/work.ts', 'const pieces = overflowed &&', 'const pieces = overflowed && false &&'),
  ),

  row(
    29,
    [terminal, 'nothing of a model or a file controls the terminal: markdown'],
    gone('doors/cli/progress.ts', '`→ ${escapeLine(event.name)}', '`→ ${event.name}'),
  ),
  row(
    31,
    [modelTest, 'what the text asks it to reply'],
    gone('tasks/findings/reply.ts', 'analysis: upTo(360),', "analysis: upTo(360).catch(''),"),
  ),
  row(
    31,
    [modelTest, 'findings of another shape alone'],
    gone('tasks/findings/reply.ts', 'all.length === 0 || ', 'all.length >= 0 || '),
  ),
  row(
    31,
    ['hostile/fuzz.test.ts', 'of any findings only those stay whose quote stands'],
    gone(
      'tasks/findings/ground.ts',
      'const place = locateQuote(raw.quote, unit.shown)',
      'const place = locateQuote(raw.quote, unit.shown) ?? { from: 0, to: 0, exact: false }',
    ),
  ),
  row(
    32,
    [modelTest, 'no text that a model reads gives it another tool'],
    gone(
      'core/call-tool.ts',
      'if (tool === undefined) return fail(unknownTool(tools, call.name))',
      "if (tool === undefined) return settle(true, 'done')",
    ),
  ),
]
