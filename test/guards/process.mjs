import { instead, row, weaken } from './row.mjs'

const processTest = 'hostile/process.test.ts'
const waits = 'hostile/waits.test.ts'
const lastResort = 'hostile/last-resort.test.ts'
const claude = 'doors/hooks/claude-code.test.ts'
const secretTest = 'hostile/secrets.test.ts'
const secretShown = ['hostile/paths.test.ts', 'what looks like a key']
const writtenInPlace = instead('write-beside', "const descriptor = openSync(file, 'w', 0o600)")
const saveFails = weaken('store-save', '} catch {', '} catch (error) {\n        throw error')

/** Cases 37, 38 and 40: signals, disks, other runs. */
export const process = [
  row(
    37,
    [processTest, 'nor where the system says that a new folder is not there'],
    instead('folder-ends', 'mkdirSync(folder, { recursive: true, mode })'),
  ),
  row(37, [processTest, 'by SIGINT ends in good order'], 'interrupt-abort'),
  row(
    37,
    [processTest, 'is obeyed the second time'],
    'interrupt-twice',
    'interrupt-patience',
    'interrupt-printing',
    'last-resort',
  ),
  row(37, [lastResort, 'within two seconds of its time limit'], 'last-resort'),
  row(37, [lastResort, 'in compiled code too'], 'last-resort-kill'),
  row(37, [lastResort, 'within a second of SIGTERM, busy in javascript'], 'last-resort-signals'),
  row(38, [processTest, 'a reader that leaves is no error'], instead('write-failed', 'reject(outputError(error))')),
  row(
    38,
    [processTest, 'a full disk is exit 5'],
    weaken('write-failed', 'reject(outputError(error))', 'resolve()'),
    'stream-failed',
  ),
  row(38, [processTest, 'so is a report that does not fit'], writtenInPlace),
  row(
    38,
    [processTest, 'a log that can not be written costs no answer'],
    weaken('log-failure', 'failure ??=', 'throw'),
  ),
  row(38, [processTest, 'costs nothing but the memory'], saveFails),
  // A name that a crash has left behind would stand in the way for ever.
  row(40, [processTest, 'a torn memory reads as none'], weaken('own-temporary', 'randomHex(6)', "'0123456789ab'")),
  row(40, [processTest, 'a torn memory reads as none'], instead('store-load', "throw new Error('torn')")),

  row(37, ['torture/torture.test.ts', 'a signal may come at any moment'], 'interrupt-handler'),
  row(
    37,
    ['torture/torture.test.ts', 'a signal may come at any moment'],
    instead('interrupt-code', 'code: () => undefined'),
  ),
  row(38, [processTest, 'what is remembered stays whole, and the answer is given'], writtenInPlace),
  row(38, [processTest, 'what is remembered stays whole, and the answer is given'], 'temporary-removed'),
  row(38, [processTest, 'a home that is read-only'], saveFails),
  row(38, [processTest, 'half of an installation'], 'broken-installation'),
  row(40, [processTest, 'a crash just before the new memory'], writtenInPlace),
  row(40, [claude, 'Ollama is down'], instead('agent-goes-on', 'throw error')),
  row(40, [claude, 'a slip in the options'], 'agent-usage'),
  row('P2', secretShown, weaken('report-secrets', 'redactAll(told)', 'told')),
  row(
    'P2',
    [secretTest, 'a key that a model writes is cut short in the log'],
    weaken('log-secrets', 'redactAll(event)', 'event'),
  ),
  row(
    'P2',
    [secretTest, 'a key that comes byte by byte is cut short in the log'],
    weaken('log-pieces', 'redactor.push(event.text)', 'event.text'),
  ),
  row(
    'P2',
    [secretTest, 'on a terminal that shows it'],
    weaken('live-secrets', 'redactor.push(event.text)', 'event.text'),
  ),
  row('P2', [secretTest, 'in markdown, with all that -v shows'], weaken('shown-secrets', 'redactAll(told)', 'told')),
  row(
    'P2',
    [secretTest, 'in the thinking that -v shows'],
    weaken('thought-secrets', 'redactSecrets(text.trim())', 'text'),
  ),
  row('P2', [secretTest, 'in what is compared with'], weaken('failure-secrets', 'redactSecrets')),
  row(
    'P2',
    [secretTest, 'a key in a report that comes from elsewhere'],
    weaken('last-secrets', 'redactAll(saved)', 'saved'),
  ),
  row('P2', [secretTest, 'in what a hook says'], weaken('hook-secrets', '.map(redactSecrets)')),
  row('P2', [secretTest, 'in a plan as json'], weaken('plan-secrets', 'redactAll(end)', 'end')),
  row('P2', [secretTest, 'a key in code is cut short'], weaken('request-secrets', 'redactAll')),
  row('P2', ['hostile/paths.test.ts', 'a file that git ignores reaches no model'], 'ignored-file'),
  row('P4', ['hostile/git.test.ts', 'a run writes nothing to the repository'], 'diff.autoRefreshIndex'),
  // A wait without an end is a program that the test has to kill.
  row('waits', [waits, 'a pipe in the place of each one'], weaken('read-whole-pipe', ' | constants.O_NONBLOCK')),
  row('waits', [waits, 'a folder in the place of the configuration'], 'read-whole-file'),
  row('waits', [waits, 'a named pipe'], instead('output-stream', 'await writeAtomic(file, text)')),
  row(
    'waits',
    [waits, 'a pipe that nothing reads from is exit 5 at once: -o'],
    instead('append-pipe', 'const probe = await open(file, flags, 0o600)'),
  ),
  row('waits', [waits, '.gitignore is a pipe'], 'git-rules-pipe'),
  row('waits', [waits, '.gitignore is a file without end'], 'ignore-rule-length'),
]
