import { describe, expect, test } from 'vitest'
import { type ChangeFacts, type MessageFields, composeMessage } from '../../../src/doors/hooks/compose-message.ts'
import type { MessageRules } from '../../../src/doors/hooks/message-rules.ts'

const rules: MessageRules = {
  conventional: true,
  types: 'build chore ci docs feat fix perf refactor revert style test'.split(' '),
  scopes: ['store', 'cli'],
  needsScope: false,
  headerMax: 72,
  bodyMax: 72,
  capital: false,
  latin: true,
  recent: ['feat(store): keep answers between runs', 'fix(cli): print the version'],
}

const facts: ChangeFacts = {
  paths: ['src/store/cache.ts'],
  text: 'feature/ABC-12-cache\nsrc/store/cache.ts\n+export function loadCache(maxAge) { return readEntries(maxAge) } // entries expire while a laptop sleeps\n',
  changedLines: 30,
  comment: '#',
}

function compose(fields: Partial<MessageFields>, more: Partial<ChangeFacts> = {}, other: Partial<MessageRules> = {}) {
  const given = { type: 'feat', scope: 'none', subject: 'load the cache by age', why: '', ...fields }
  return composeMessage(given, { ...facts, ...more }, { ...rules, ...other })
}

test('fields become a conventional header', () => {
  expect(compose({ scope: 'store' })).toBe('feat(store): load the cache by age')
})

const repaired: [complaint: string, subject: string, header: string][] = [
  ['a JSON fence (opencommit #455)', '```json load the cache by age ```', 'feat: load the cache by age'],
  ['quotation marks', '"Load the cache by age."', 'feat: load the cache by age'],
  ['a preamble', 'Here is the commit message: load the cache by age', 'feat: load the cache by age'],
  ['thoughts', '<think>what is it</think>load the cache by age', 'feat: load the cache by age'],
  ['an open thought', 'load the cache by age <think>or should', 'feat: load the cache by age'],
  ['the type twice', 'feat(store): load the cache by age', 'feat: load the cache by age'],
  ['the first person', 'I added a cache with a maximal age', 'feat: add a cache with a maximal age'],
  ['a sentence about the commit', 'This commit adds a cache by age', 'feat: add a cache by age'],
  ['the past tense', 'Loaded entries by their age', 'feat: load entries by their age'],
  ['a full stop', 'load the cache by age.', 'feat: load the cache by age'],
  ['a capital letter', 'Load the cache by age', 'feat: load the cache by age'],
  ['a name that begins the subject', 'loadCache takes an age', 'feat: loadCache takes an age'],
  ['an acronym that begins the subject', 'HTTP caches expire by age', 'feat: HTTP caches expire by age'],
  ['a padding tail', 'load the cache by age, improving maintainability', 'feat: load the cache by age'],
  ['another padding tail', 'load the cache by age to enhance code readability', 'feat: load the cache by age'],
  ['an invented ticket', 'load the cache by age (#4711)', 'feat: load the cache by age'],
  ['a ticket that is in the branch', 'load the cache by age (ABC-12)', 'feat: load the cache by age (ABC-12)'],
  ['line breaks', 'load the cache\nby age', 'feat: load the cache by age'],
]

test.each(repaired)('repairs %s', (_, subject, header) => {
  expect(compose({ subject })).toBe(header)
})

const doubtful: [complaint: string, subject: string][] = [
  ['a code review instead of a message (opencommit #415)', 'The code looks good overall, consider adding tests'],
  ['JSON (opencommit #455)', '{"type": "feat", "subject": "load the cache"}'],
  ['another language than the last commits', '按年龄加载缓存并清理旧条目'],
  ['nothing but "update code"', 'update the code'],
  ['nothing but "fix bugs"', 'Fixed various bugs.'],
  ['a subject of the last commits again', 'keep answers between runs'],
  ['a name that is not in the diff (opencommit #252)', 'add port to `server.listen`'],
  ['a file that is not in the diff', 'start the server from server.ts'],
  ['a camel-case name that is not in the diff', 'rename parseHeader for callers'],
  ['a snake-case name that is not in the diff', 'read max_retries from the settings'],
  ['nothing', ''],
  ['an answer to nobody', 'Sure, I can help you with that'],
  ['invisible characters', 'load the \u202ecache by age'],
  ['a link', 'see https://example.com for the cache'],
]

test.each(doubtful)('gives no message for %s', (_, subject) => {
  expect(compose({ subject })).toBeUndefined()
})

test('a long header is cut between words, without a word that leads nowhere', () => {
  const subject = 'load every entry of the cache by its age and forget the ones that are older than the limit'
  const header = compose({ subject, scope: 'store' }) ?? ''
  expect(header).toBe('feat(store): load every entry of the cache by its age and forget')
})

describe('the type is what the paths leave no doubt about', () => {
  test.each([
    [['docs/a.md', 'README.md'], 'docs'],
    [['test/a.test.ts', 'src/b.spec.js'], 'test'],
    [['.github/workflows/ci.yml'], 'ci'],
    [['package.json', 'package-lock.json'], 'build'],
    [['src/a.ts', 'test/a.test.ts'], 'feat'],
  ])('%j is %s', (paths, type) => {
    expect(compose({}, { paths })).toBe(`${type}: load the cache by age`)
  })

  test('build becomes chore where there is no build', () => {
    expect(compose({}, { paths: ['package.json'] }, { types: ['feat', 'chore'] })).toMatch(/^chore: /)
  })

  test('a type that the repository does not have is no message', () => {
    expect(compose({ type: 'wip' })).toBeUndefined()
  })
})

test('a scope that the repository does not have is left out, or is no message where one is needed', () => {
  expect(compose({ scope: 'banana' })).toBe('feat: load the cache by age')
  expect(compose({ scope: 'banana' }, {}, { needsScope: true })).toBeUndefined()
})

test('a reason that is about the change is the body, wrapped at 72', () => {
  const why =
    'entries expire while a laptop sleeps, so readEntries takes a maxAge and loadCache hands it on to every entry'
  const [header, blank, ...body] = compose({ why })?.split('\n') ?? []
  expect([header, blank]).toEqual(['feat: load the cache by age', ''])
  expect(body.join(' ')).toBe(why)
  expect(body.every((line) => line.length <= 72)).toBe(true)
})

test.each([
  ['nothing but padding', 'This improves the overall maintainability and readability of the codebase significantly.'],
  [
    'a reason that nothing in the change supports',
    'Customers in Norway complained about invoices during summer holidays.',
  ],
  ['a name that is not there', 'entries expire because the laptop sleeps in fetchUser'],
])('a body of %s is left out', (_, why) => {
  expect(compose({ why })).toBe('feat: load the cache by age')
})

test('a thin change has no body, and a line that the comment character would take away is no message', () => {
  const why = 'entries expire while a laptop sleeps'
  expect(compose({ why }, { changedLines: 3 })).toBe('feat: load the cache by age')
  expect(compose({}, { comment: 'l' }, { conventional: false })).toBeUndefined()
})

test('without conventional commits the subject stands alone, with a capital where that is the custom', () => {
  expect(compose({ scope: 'store' }, {}, { conventional: false })).toBe('load the cache by age')
  expect(compose({}, {}, { conventional: false, capital: true })).toBe('Load the cache by age')
})

test('where messages are written in other letters, a Latin one is no message', () => {
  expect(compose({}, {}, { latin: false })).toBeUndefined()
  expect(compose({ subject: '按年龄加载缓存并清理旧条目' }, {}, { latin: false })).toBe(
    'feat: 按年龄加载缓存并清理旧条目',
  )
})
