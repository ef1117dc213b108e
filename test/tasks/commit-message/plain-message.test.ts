import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectLinear, repeated } from '../../growth.ts'
import { plainMessage } from '../../../src/tasks/commit-message/plain-message.ts'

const shown = 'Branch: cache\n+ split(text, "a\\nb")\n+ open(dir\\name)\n'
const plain = (text: string) => plainMessage(text, { shown })
const message = 'feat: add a cache of entries\n\nThey expire while a laptop sleeps.'

describe('of what a model wrote only the message is left', () => {
  test.each([
    ['as it is', message],
    ['in a fence', `\`\`\`\n${message}\n\`\`\``],
    ['in a fence with a language', `\`\`\`gitcommit\n${message}\n\`\`\`\n`],
    ['in a longer fence', `\`\`\`\`text\n${message}\n\`\`\`\``],
    ['in tildes', `~~~\n${message}\n~~~`],
    ['in a fence that only closes', `${message}\n\`\`\``],
    ['in a fence that never closes', `\`\`\`\n${message}`],
    [
      'in a fence behind a preamble',
      `Here is the commit message:\n\n\`\`\`\n${message}\n\`\`\`\n\nIt says what changed.`,
    ],
    ['behind a preamble', `Here's a commit message for these changes:\n\n${message}`],
    ['behind a bold preamble', `**Commit message:**\n\n${message}`],
    ['behind a preamble on its line', `Commit message: ${message}`],
    ['with a bold subject', message.replace(/^.*$/m, '**$&**')],
    ['with a quoted subject', message.replace(/^.*$/m, '"$&"')],
    ['as a heading', `# ${message}`],
    ['with a full stop', message.replace('\n', '.\n')],
    ['with line breaks in letters', message.replaceAll('\n', '\\n')],
    ['with Windows line breaks in letters', message.replaceAll('\n', '\\r\\n')],
    ['with a bold type', message.replace('feat:', '**feat:**')],
    ['with a bold type without its colon', message.replace('feat:', '**feat**:')],
    [
      'in the command that commits it',
      'git commit -m "feat: add a cache of entries" -m "They expire while a laptop sleeps."',
    ],
    ['in an element', `<commit_message>\n${message}\n</commit_message>`],
    ['as the first of several', `1. ${message}\n\n2. fix: load the cache`],
    ['with labels', `Subject: feat: add a cache of entries\n\nBody: They expire while a laptop sleeps.`],
    [
      'with bold labels',
      `**Title:** feat: add a cache of entries\n**Description:** They expire while a laptop sleeps.`,
    ],
    [
      'in quotation marks behind a preamble',
      `Here is a possible message:\n\n"feat: add a cache of entries"\n\nThey expire while a laptop sleeps.\n\nLet me know if it fits.`,
    ],
    ['with an invented ticket', `${message.replace('\n', ' (#12)\n')}\n\nCloses #13`],
    ['with a second message', `${message}\n\nfix(store): load the cache\n\nIt was empty.`],
    ['with another choice', `${message}\n\nAlternatively:\n\nfeat: cache entries`],
    ['with a rule and a remark', `${message}\n\n---\nI kept it short.`],
    ['with a remark', `${message}\n\nThis commit message follows the convention.`],
  ])('%s', (_, text) => {
    expect(plain(text)).toBe(message)
  })

  test.each([
    ['add a cache of entries\nadd a test for it', 'add a cache of entries'],
    ['feat: add a cache\nfix: load the entries', 'feat: add a cache'],
    ['feat: add a cache; fix: load the entries', 'feat: add a cache'],
    ['load the cache\nby age', 'load the cache by age'],
    ['feat!: drop the old store', 'feat!: drop the old store'],
    ['add a cache\n- of entries\n- of answers', 'add a cache\n\n- of entries\n- of answers'],
    ['```add a cache```', 'add a cache'],
    ['`add a cache`', 'add a cache'],
    ['The commit message is: "add a cache"', 'add a cache'],
    ['add a cache of entries\\n', 'add a cache of entries'],
  ])('of %j', (text, rest) => {
    expect(plain(text)).toBe(rest)
  })
})

describe('what belongs to the message stays', () => {
  test.each([
    'fix: split at "a\\nb"',
    'fix: open dir\\name',
    'fix: escape \\n in names',
    'fix: end lines with \\n',
    'fix: keep `</s>` in answers',
    'add `loadCache`',
    'add docs: how to load the cache',
    'feat(store)!: drop it\n\nBREAKING CHANGE: the store is gone',
    'feat: add a cache\n\nLoad it like this:\n\n```\nload(cache)\n```',
    'feat: add a cache\n\nFixes: UTF-8\nSigned-off-by: A Person <a@b.c>',
    'header: keep the logo',
    'title: trim it\n\nIt was too long.',
    'feat: add a cache\n\n1. of entries\n2. of answers',
    'docs: say how `git commit -m "x"` works',
    'feat: add a cache\n\n- fix a test\n- add another',
    'Wait for the answer...',
    'Revert "add a cache"',
  ])('%j', (text) => {
    expect(plain(text)).toBe(text)
  })

  test('any plain words', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{2,9}$/), { minLength: 2, maxLength: 8 }), (words) => {
        fc.pre(!/^(?:sure|certainly|okay|ok|subject|or|alternatively)$/.test(words[0] ?? ''))
        expect(plain(words.join(' '))).toBe(words.join(' '))
      }),
    )
  })
})

test('what is nothing but a ticket is better than nothing', () => {
  expect(plain('Closes #12')).toBe('Closes #12')
})

test.each([
  ['fix: ', '#1x'],
  [' ', '#12'],
  ['#12, ', 'x'],
  ['```\n', 'x'],
  ['x', '\\n'],
  ['(#1 ', ')'],
  ['A-', '1'],
  ['- ', '#12'],
])('time grows with the length of the text: %j … %j', async (piece, last) => {
  const make = repeated(piece)
  await expectLinear((size: number) => `add a cache ${make(size)}${last}`, plain, { upTo: 10_000 })
})
