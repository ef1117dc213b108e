import { instead, row, weaken } from './row.mjs'

const samples = (name) => ['hostile/samples.test.ts', name]
const waits = (name) => ['hostile/waits.test.ts', name]
const long = (name) => ['hostile/long-replies.test.ts', name]
const excuses = (name) => ['doors/cli/nothing-skipped.test.ts', `a change cannot excuse itself from review ${name}`]
const templates = (name) => ['hostile/skills.test.ts', `a template ${name} is a fault of the skill`]
const runner = (name) => ['hostile/runner.test.ts', name]
const secret = (name) => ['hostile/secrets.test.ts', name]

/** What a library would do: each star tries every length. */
const backtracking = `function matches(steps, ones, test) {
  const [first, ...more] = steps
  if (first === undefined) return ones.length === 0
  if (first === star) return ones.some((_, at) => matches(more, ones.slice(at), test)) || matches(more, [], test)
  return ones.length > 0 && test(first, ones[0]) && matches(more, ones.slice(1), test)
}`
/** JavaScript's own expressions in the place of those that take time in proportion to the line. */
const ownExpressions = `class RE2JS {
  static CASE_INSENSITIVE = 1
  static quote = (text) => text.replace(/[^\\w\\s]/g, '\\\\$&')
  static compile = (source) => ({
    programSize: () => 0,
    matcher: (text) => {
      const match = new RegExp(source).exec(text)
      return { find: () => match !== null, start: () => match.index }
    },
  })
}`
const tokenExpression = `function webTokens(line) {
  return [...line.matchAll(/(?:^|-)eyJ[\\w-]{10,}\\.eyJ[\\w-]{10,}\\.[\\w-]{10,}/g)].map(({ 0: match, index }) => {
    return { rule: 'access-token', title: '', start: index, end: index + match.length }
  })
}`

/** Any long line makes a file one that a tool wrote. */
const anyLongLine = `export function isMinified(path, text) {
  return path !== '' && text.split('\\n').some((line) => line.length > 5000)
}`

/** What was once tried and gave way: each sample with its test on the built program and what it holds by. */
export const tried = [
  // 1: busy
  row('12.1', samples('a glob of braces'), 'glob-length'),
  row('12.1', samples('a glob that backtracks'), instead('glob-linear', backtracking)),
  row('12.1', samples('a pattern that explodes'), instead('linear-expressions', ownExpressions)),
  row('12.1', samples('a pattern that backtracks'), instead('linear-expressions', ownExpressions)),
  ...['empty objects', 'quotation marks', 'findings that cannot be read'].map((name) =>
    row('12.1', long(name), instead('reply-length', 'return text')),
  ),
  row('12.1', long('quotes of which each is nearly there'), instead('quote-budget', 'return true')),
  row('12.1', long('of beginnings of keys, as long as an answer may be'), instead('web-tokens', tokenExpression)),
  row(
    '12.1',
    samples('what almost looks like a key'),
    instead('web-tokens', tokenExpression),
    instead('data-shortened', 'return { text, left: 0 }'),
  ),
  row('12.1', ['hostile/last-resort.test.ts', 'in a hook: and the commit goes on'], 'last-resort'),

  // 2: waits
  row('12.2', ['hostile/server.test.ts', 'it only says that it will reply, to a run'], 'information-limit'),
  row('12.2', samples('it switches to another protocol'), 'no-upgrade'),
  row('12.2', samples('it only says that it will reply'), 'information-limit'),
  row('12.2', samples('it sends seven large events and falls silent'), 'call-aborted', 'last-resort'),
  row('12.2', samples('it is busy for ever'), instead('busy-said', 'context.signal.throwIfAborted()')),
  row(
    '12.2',
    waits('a commit with a hook waits for none of this a pipe in the place of each file'),
    weaken('read-whole-pipe', ' | constants.O_NONBLOCK'),
  ),
  row(
    '12.2',
    waits('a commit with a hook waits for none of this a pipe in the place of the configuration'),
    weaken('read-whole-pipe', ' | constants.O_NONBLOCK'),
  ),
  row(
    '12.2',
    waits('a commit with a hook waits for none of this a link to an endless device in the place of the configuration'),
    'read-whole-file',
  ),
  row('12.2', waits('a commit with a hook waits for none of this .gitattributes is a pipe'), 'git-rules-pipe'),
  row('12.2', waits('a commit with a hook waits for none of this .gitignore is a pipe'), 'git-rules-pipe'),
  row(
    '12.2',
    waits('a commit with a hook waits for none of this the folder for what it keeps is a device'),
    weaken('store-save', '} catch {', '} catch (error) {\n        throw error'),
  ),

  // 3: what a change says of itself
  row(
    '12.3',
    excuses('by the attributes that come with it'),
    weaken('attributes-before', "tree === '' ? ':0' : tree", "':0'"),
  ),
  row(
    '12.3',
    excuses('by a mark in a file that had none'),
    weaken('own-mark', 'old !== undefined && isMarkedGenerated(old)', 'true'),
  ),
  row(
    '12.3',
    excuses('by a mark in a new file'),
    weaken('own-mark', 'old !== undefined && isMarkedGenerated(old)', 'true'),
  ),
  ...['a NUL in a comment', 'a NUL in a new file', 'many NULs', 'UTF-16 without its mark'].map((name) =>
    row('12.3', excuses(`by ${name}`), instead('nul-in-text', 'return null')),
  ),
  row(
    '12.3',
    excuses('by one line padded with blanks'),
    instead('written-by-hand', anyLongLine),
    weaken('own-lines', 'old === undefined || isMinified(path, old)', 'true'),
  ),
  row('12.3', excuses('by the name of a bundle'), 'dense-lines'),
  row(
    '12.3',
    excuses('by all of it as a bundle'),
    weaken('own-lines', 'old === undefined || isMinified(path, old)', 'true'),
  ),
  row('12.3', excuses('by UTF-16'), 'utf-16-mark', instead('nul-in-text', 'return null')),
  row(
    '12.3',
    excuses('by the name of a lock'),
    weaken('lock-form', "holdsOnly(text, form) ? 'lock file' : undefined", "'lock file'"),
  ),
  row(
    '12.3',
    excuses('by a name like a lock'),
    instead('lock-name', "const form = lockForms.get(name) ?? (name.endsWith('.lock') ? /^/ : undefined)"),
    weaken('lock-form', "holdsOnly(text, form) ? 'lock file' : undefined", "'lock file'"),
  ),
  row(
    '12.3',
    excuses('by the first line of a pointer'),
    instead('whole-pointer', "return /^version/.test(text) ? 'Git LFS pointer' : undefined"),
  ),
  row(
    '12.3',
    excuses('by leaving a secret for another name'),
    weaken('left-secret', 'else if (isFromSecret(change)) choice.chosen.push({ change, marks, apart: true })'),
  ),
  ...['the name of a secret', 'the folder of one'].map((name) =>
    row('12.3', excuses(`what cannot be read is a gap: ${name}`), weaken('secret-is-gap', ', gap: true')),
  ),
  row('12.3', excuses('what cannot be read is a gap: data under'), weaken('unreadable-is-gap', ', gap: true')),
  row('12.3', excuses('what cannot be read is a gap: a program that lies'), weaken('pointer-is-gap', ', gap: true')),
  row('12.3', excuses('a mode, a link and a submodule'), 'replaced-said'),
  row('12.3', excuses('a mode, a link and a submodule'), instead('mode-said', 'return undefined')),

  // 7: every format that a runner's log reads
  ...['compact', 'json'].map((format) =>
    row('12.7', runner(`nothing that a model says is a command to the runner in ${format}`), 'runner-output'),
  ),
  ...['sarif', 'rdjson'].map((format) =>
    row('12.7', runner(`nor is anything of a review as ${format}`), 'runner-output'),
  ),

  // 8: keys
  row('12.8', secret('in the arguments and names of the calls'), weaken('report-secrets', 'redactAll(told)', 'told')),
  row(
    '12.8',
    secret('a key in the name of a file is cut short in markdown'),
    weaken('report-secrets', 'redactAll(told)', 'told'),
  ),

  // 9: names that lie
  row(
    '12.9',
    ['hostile/server.test.ts', 'where a name of this machine leads to another one'],
    instead('own-peer', 'return undefined'),
  ),

  // 12: the rest
  row('12.12', templates('with "in" over nothing'), 'template-in'),
  row(
    '12.12',
    templates('that doubles a variable'),
    weaken('template-doubling', 'bounded(value)', 'value'),
    instead('template-filters', ''),
  ),
  row('12.12', templates('that makes in a loop what it never prints'), instead('template-filters', '')),
  row('12.12', waits('a pipe that last --from names is refused'), weaken('read-whole-pipe', ' | constants.O_NONBLOCK')),
  row('12.12', waits('a link to an endless device that last --from names is refused'), 'read-whole-file'),
]
