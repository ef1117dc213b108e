import { instead, row, weaken } from './row.mjs'

const box = (name) => ['workspace/sandbox/sandbox.test.ts', name]
const hostile = (name) => ['hostile/sandbox.test.ts', name]
const hands = (name) => ['hostile/hands.test.ts', name]
const line = (name) => ['workspace/sandbox/command-line.test.ts', name]
const checks = (name) => ['app/checks.test.ts', name]
const told = (name) => ['app/commands.test.ts', name]
const bare = (name) => ['app/unconfined.test.ts', name]
const standing = (name) => ['doors/cli/standing-consent.test.ts', name]

/** What commands of a model may see, write and reach. */
export const commands = [
  row('13.4', ['app/ignored-folders.test.ts', 'is not there for a check'], weaken('check-fresh', ', fresh: true')),
  row('13.18', box('it sees neither the home folder'), weaken('sandbox-variables', ' && !never.test(name)')),
  row('13.19', box('there is no network, and no port'), weaken('sandbox-namespaces', '--unshare-all', '--unshare-pid')),
  row('13.19', box('there is no network, and no port'), instead('sandbox-network', "'--share-net',")),
  row('13.19', box('no namespace can be made inside'), 'sandbox-no-namespaces', 'sandbox-filter'),
  row('13.18', hostile('the passwords of the system'), 'sandbox-system-secrets'),
  row('13.18', box('secrets of the workspace show as empty'), 'sandbox-hidden'),
  row('13.21', hostile('of that, and of what destroys all there is'), 'sandbox-fixed'),
  row(
    '13.21',
    hostile('nor does one stay in the folder of a person'),
    instead('new-repositories', 'const notes: string[] = []'),
  ),
  row(
    '13.21',
    ['workspace/sandbox/take-away.test.ts', 'one that was there before is not touched'],
    weaken('old-repositories', '!old.has(id)', 'true'),
  ),
  row('13.20', hostile('with the network there is one'), 'network-said'),
  row('13.13', hands('more files than a run may change'), instead('limits-of-commands', 'return undefined')),
  row('14.2', ['app/work/tasks.test.ts', 'what a command changes outside of the scope'], 'scope-of-commands'),
  row('13.27', line('unterminated'), 'command-errors'),
  row('13.27', line('FOO=1 npm test'), weaken('command-prefix', ' || prefix.length > 0')),
  row(
    '13.27',
    line('every command of a line has to be listed'),
    weaken('command-list', 'commands.every', 'commands.some'),
  ),
  row('13.16', box('a folder outside is refused'), 'command-folder'),
  row('13.17', box('of endless output'), weaken('command-output', "end('output')", 'void 0')),
  row('13.16', box('what a command starts ends with it'), weaken('command-timeout', 'timeoutMs', '1e8')),
  row('13.30', box('what a command starts ends with it'), 'command-interrupt'),
  row(
    '13.32',
    ['tools/run-command.test.ts', 'a check is ok, failed, or ran nothing'],
    weaken('empty-check', "? 'empty' : 'ok'", "? 'ok' : 'ok'"),
  ),
  row('13.27', ['doors/cli/commands.test.ts', 'only listed commands are run'], 'command-lists'),
  row(
    '13.25',
    ['app/access.test.ts', 'tools that run commands are not offered without a sandbox'],
    instead('no-sandbox-no-commands', "const most: Access = 'run'"),
  ),
  row('13.32', checks('the checks of a skill need consent'), weaken('checks-consent', 'given || isAllowed', 'true')),
  row('13.32', checks('decide, whatever the model says'), 'checks-decide'),
  row(
    '13.32',
    checks('decide, whatever the model says'),
    weaken('held-back', 'objected === undefined ? wanted : {}', 'wanted'),
  ),
  row('13.32', checks('but not where another one fails anyway'), 'flaky-check'),
  row('13.32', checks('what they leave behind is no part'), 'checks-leave-nothing'),
  row('13.28', bare('and without a terminal only a listed command'), 'unconfined-consent'),
  row('13.28', bare('and without a terminal only a listed command'), weaken('no-shell', ' ?? words')),
  row('13.28', told('what a list of the person names'), 'denied-commands', 'denied-unasked'),
  row('13.28', told('what a list of the person names'), 'listed-consent'),
  row('P12', standing('is less than what a flag says'), 'standing-consent'),
  row(
    'P12',
    standing('is that of the innermost folder'),
    weaken('workspace-by-real-path', 'contains(real, root)', 'true'),
  ),
  row(
    'P12',
    standing('is that of the innermost folder'),
    weaken('denied-everywhere', '...(config.commands?.deny ?? []), ', ''),
  ),
  row('13.26', ['tools/run-command.test.ts', 'when the sandbox fails the run is over'], 'sandbox-gone'),
  row(
    '13.18',
    told('keys that it prints are cut'),
    weaken('command-secrets', 'redactSecrets(ended.output)', 'ended.output'),
  ),
  row(
    '13.18',
    told('keys that it prints are cut'),
    weaken(
      'told-secrets',
      'redactor.push(decoder.write(chunk.subarray(0, left)))',
      'decoder.write(chunk.subarray(0, left))',
    ),
  ),
]
