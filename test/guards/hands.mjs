const box = (name) => ['hostile/sandbox.test.ts', name]
const hands = (name) => ['hostile/hands.test.ts', name]
const writing = (name) => ['hostile/writing.test.ts', name]
const run = (name) => ['doors/cli/writing.test.ts', name]
const changes = (name) => ['doors/cli/changes.test.ts', name]
const ending = (name) => ['doors/cli/commands-end.test.ts', name]
const task = (name) => ['doors/cli/work.test.ts', name]
const model = (name) => ['doors/cli/work-models.test.ts', name]
const chat = (name) => ['doors/chat/terminal.test.ts', name]

/**
 * What a model that may write and run commands could do, with the test on the built program that shows that it does not.
 * `plainly`: the test in which the same thing succeeds without the sandbox or without our own way to write, so that the
 * danger is real; mostly the same test does both. What is only told, and endangers nobody, has none.
 */
function danger(what, shown, plainly) {
  return { what, tests: [...shown, ...(plainly ?? [])].map(([file, name]) => ({ file, name })) }
}

const plainWrite = [writing('is what a plain write changes')]
const refused = hands('what is refused is told with the way to go on')
const destroyed = box('of that, and of what destroys all there is')

export const dangers = [
  // Writing
  danger('a name that leads out of the folder', [writing('is not what a model changes')], plainWrite),
  danger('a link that leads out', [writing('is not what a model changes')], plainWrite),
  danger(
    'a folder that is swapped for a link meanwhile',
    [writing('nor does a chat write there')],
    [writing('a folder that keeps turning into a link')],
  ),
  danger('another name of a file outside', [writing('is not what a model changes')], plainWrite),
  danger('git, secrets, skills, ignored files', [writing('is not what a model changes')], plainWrite),
  danger('our own program', [writing('nor is our own program'), writing('nor is what our own program keeps')]),
  danger('what runs by itself', [run('leaves files alone that something else runs')]),
  danger('a full disk', [run('is told when the disk is full'), changes('applied where the disk is full')]),
  danger('a file that is read-only', [run('does several calls of one reply in order')]),
  danger('a folder without permission', [
    hands('a folder without permission: apply writes nothing'),
    hands('a chat is told, and what it wrote before'),
  ]),
  danger('a file that is held', [hands('a file that is held: apply writes nothing')]),
  danger('line ends, marks, encodings and modes', [hands('only the meant bytes of a file change')]),
  danger('a text that is not there, or more than once', [refused]),
  danger('a file that was not read, or changed since', [refused, hands('what an editor changed since it was read')]),
  danger('a line that stands for others', [refused]),
  danger('what would not parse', [refused, hands('an edit that breaks the syntax')]),
  danger('another definition than the one that is meant', [refused]),
  danger('too many files and lines', [
    run('stops at the limit of changed files'),
    hands('more lines than a run may change'),
    hands('more files than a run may change'),
  ]),
  danger('what is deleted and moved', [refused, hands('a link goes and what it leads to stays')]),
  danger('odd names', [refused, writing('is not what a model changes')]),

  // Commands
  danger('what does not end', [box('at its limit, whatever it is')]),
  // root's own processes are not counted, and what is skipped is not in the list of tests.
  danger('a bomb of processes', process.getuid?.() === 0 ? [] : [box('a bomb of processes')]),
  danger('endless output', [box('without an end it is ended')]),
  danger('output that steers the terminal', [box('it steers no terminal')]),
  danger('secrets', [box('a key of the home folder'), box('an ignored file of secrets'), box('its own variables')]),
  danger('the passwords of the system', [box('the passwords of the system')]),
  danger('the network and the sockets of the machine', [box('no port, no socket by path')]),
  danger('a name that is looked up', process.getuid?.() === 0 ? [box('no name is looked up')] : []),
  danger('the same with the network', [box('with the network there is one')]),
  danger('what is planted in .git or beside the project', [destroyed]),
  danger('a repository in the project', [
    box('a repository in the project is not taken over'),
    box('nor does one stay in the folder of a person'),
  ]),
  danger('links, pipes, sockets, devices, rights', [box('a link, a pipe, a socket, a device')]),
  danger('more files than a copy may have', [['torture/many-files.test.ts', 'a command that makes 200,000 files']]),
  danger('what destroys the project and its packages', [destroyed]),
  danger('no sandbox that works', [['doors/cli/no-sandbox.test.ts', 'tools that run programs are not offered']]),
  danger('a sandbox of the repository', [box('a script of the repository')]),
  danger('a sandbox that fails later', [box('where it fails after it worked')]),
  danger('more than what is listed', [hands('only what is listed runs, by its words')]),
  danger('no sandbox and nobody to ask', [hands('without a sandbox and a terminal one simple command')]),
  danger('a program that asks', [box('a program that asks for an answer')]),
  danger('an end from outside', [ending('in the sandbox'), ending('what a killed run left')]),
  danger('Python', [hands('Python has its code'), hands('where there is no Python')]),
  danger('a check that tested nothing', [hands('one that tested nothing does not hold')]),
  danger('a check that is flaky', [hands('one that fails once and then holds')]),
  danger('an edit of what a command changed', [hands('an edit in the same reply is told')]),

  // Written tasks
  danger('a claim', [task('a claim is not in the verdict'), model('claims that all is done')]),
  danger('a weakened test', [
    task('a test that was changed while its check failed'),
    model('weakens the check'),
    model('deletes the test'),
    model('has the test skipped'),
    model('changes what the spec says'),
  ]),
  danger('a check that proves nothing', [task('a check that held before proves nothing')]),
  danger('a spec that is none', [task('a spec that is binary'), task('a spec that has an alias')]),
  danger('a spec with too many criteria', [task('of 500 criteria the model is asked about fifty')]),
  danger('text that gives orders', [task('a file that gives orders is data')]),
  danger("the person's own branch", [
    task('a branch needs a clean tree'),
    task('no branch begins in the middle of a rebase'),
    task('a submodule that a command changes'),
    changes('with --branch it is a commit'),
  ]),
  danger('a change of the person meanwhile', [
    task('a file that the person changes meanwhile'),
    changes('a change of the same file by the person'),
    changes('on another branch'),
  ]),
  danger('two at once', [task('two at once have copies'), ['torture/apply.test.ts', 'apply and undo are whole']]),
  danger('an end in the middle of the work', [
    task('when the server dies in the second round'),
    task('when the window is full'),
    task('when the time is up during a check'),
    task('after Ctrl-C, and said'),
  ]),
  danger('loops', [model('makes the same call for ever'), model('edits back and forth')]),
  danger('an approval without a person', [chat('when the terminal goes away nothing waits')]),
]
