import { gone, row } from './row.mjs'

const processTest = 'hostile/process.test.ts'
const claude = 'doors/hooks/claude-code.test.ts'
const storeCatch = gone(
  'store/store.ts',
  '} catch {\n        // A read-only',
  '} catch (error) {\n        throw error\n        // A read-only',
)

/** Cases 37, 38 and 40: signals, disks, other runs. */
export const process = [
  row(
    37,
    [processTest, 'by SIGINT ends in good order'],
    gone('doors/cli/interrupt.ts', "controller.abort(new LocalBrainError('interrupted', 'Interrupted'))"),
  ),
  row(
    37,
    [processTest, 'is obeyed the second time'],
    gone('doors/cli/interrupt.ts', 'if (code !== undefined) process.exit(codes[name])'),
    gone('doors/cli/interrupt.ts', 'setTimeout(() => process.exit(codes[name]), patienceMs).unref()'),
    gone('doors/cli/deliver.ts', 'if (options.output === undefined) beforePrinting()'),
  ),
  row(
    38,
    [processTest, 'a reader that leaves is no error'],
    gone(
      'doors/cli/output.ts',
      "if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') resolve()\n      else reject",
      'reject',
    ),
  ),
  row(
    38,
    [processTest, 'a full disk is exit 5'],
    gone('doors/cli/output.ts', 'else reject(outputError(error))', 'else resolve()'),
    gone('doors/cli/output.ts', "if (error.code !== 'EPIPE') process.exitCode = 5"),
  ),
  row(
    38,
    [processTest, 'so is a report that does not fit'],
    gone(
      'store/atomic.ts',
      "const handle = await open(temporary, 'wx', 0o600)",
      "const handle = await open(file, 'w', 0o600)",
    ),
  ),
  row(
    38,
    [processTest, 'a log that can not be written costs no answer'],
    gone('doors/cli/log-file.ts', 'failure ??= logError', 'throw logError'),
  ),
  row(38, [processTest, 'costs nothing but the memory'], storeCatch),
  // A name that a crash has left behind would stand in the way for ever.
  row(40, [processTest, 'a torn memory reads as none'], gone('store/atomic.ts', 'randomHex(6)', "'0123456789ab'")),
  row(
    40,
    [processTest, 'a torn memory reads as none'],
    gone('store/store.ts', '} catch {\n        return undefined', '} catch (error) {\n        throw error'),
  ),

  row(
    37,
    ['torture/torture.test.ts', 'a signal may come at any moment'],
    gone('doors/cli/interrupt.ts', 'process.on(name, handler)'),
  ),
  row(
    37,
    ['torture/torture.test.ts', 'a signal may come at any moment'],
    gone('doors/cli/interrupt.ts', 'code: () => code,', 'code: () => undefined,'),
  ),
  row(
    38,
    [processTest, 'what is remembered stays whole, and the answer is given'],
    gone(
      'store/atomic.ts',
      "const handle = await open(temporary, 'wx', 0o600)",
      "const handle = await open(file, 'w', 0o600)",
    ),
  ),
  row(
    38,
    [processTest, 'what is remembered stays whole, and the answer is given'],
    gone('store/atomic.ts', 'await rm(temporary, { force: true })'),
  ),
  row(38, [processTest, 'a home that is read-only'], storeCatch),
  row(38, [processTest, 'half of an installation'], gone('doors/cli/main.ts', 'process.exitCode = 3')),
  row(
    40,
    [processTest, 'a crash just before the new memory'],
    gone(
      'store/atomic.ts',
      "const handle = await open(temporary, 'wx', 0o600)",
      "const handle = await open(file, 'w', 0o600)",
    ),
  ),
  row(
    40,
    [claude, 'Ollama is down'],
    gone('doors/cli/commands/hook-claude-code.ts', "await end(unreviewed(error, policy, 'commit'))", 'throw error'),
  ),
  row(
    40,
    [claude, 'a slip in the options'],
    gone(
      'doors/cli/program.ts',
      "if (argv.slice(0, 3).join(' ') === 'hook run claude-code'",
      "if (argv.join(' ') === ''",
    ),
  ),
  row(
    'P2',
    ['hostile/paths.test.ts', 'what looks like a key'],
    gone('app/assemble.ts', 'redactSecrets(ending.text)', 'ending.text'),
  ),
  row(
    'P2',
    ['hostile/paths.test.ts', 'what looks like a key'],
    gone('doors/cli/log-file.ts', 'redactSecrets(part)', 'part'),
  ),
  row(
    'P2',
    ['hostile/paths.test.ts', 'a file that git ignores reaches no model'],
    gone('workspace/worktree.ts', 'if (!known && (await ignored(names))) throw notAvailable(path)'),
  ),
  row(
    'P4',
    ['hostile/git.test.ts', 'a run writes nothing to the repository'],
    gone('workspace/git/environment.ts', "  ['diff.autoRefreshIndex', 'false'],\n"),
  ),
]
