import { gone, hanging, row } from './row.mjs'

const processTest = 'hostile/process.test.ts'

/** Cases 37, 38 and 40: signals, disks, other runs. */
export const process = [
  row(
    37,
    [processTest, 'by SIGINT ends in good order'],
    gone('cli/interrupt.ts', "controller.abort(new LocalBrainError('interrupted', 'Interrupted'))"),
  ),
  row(
    37,
    [processTest, 'is obeyed the second time'],
    gone('cli/interrupt.ts', 'if (code !== undefined) process.exit(codes[name])'),
    gone('cli/interrupt.ts', 'setTimeout(() => process.exit(codes[name]), patienceMs).unref()'),
    gone('cli/commands/run.ts', 'interruption.stop()\n    await deliver', 'await deliver'),
  ),
  row(
    38,
    [processTest, 'a reader that leaves is no error'],
    gone(
      'cli/output.ts',
      "if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') resolve()\n      else reject",
      'reject',
    ),
  ),
  row(
    38,
    [processTest, 'a full disk is exit 5'],
    gone('cli/output.ts', 'else reject(outputError(error))', 'else resolve()'),
    gone('cli/output.ts', "if (error.code !== 'EPIPE') process.exitCode = 5"),
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
    gone('cli/log-file.ts', 'failure ??= logError', 'throw logError'),
  ),
  row(
    38,
    [processTest, 'costs nothing but the memory'],
    gone(
      'store/store.ts',
      '} catch {\n        // A read-only',
      '} catch (error) {\n        throw error\n        // A read-only',
    ),
  ),
  row(
    40,
    [processTest, 'runs side by side leave one whole report'],
    gone('store/atomic.ts', "randomBytes(6).toString('hex')", "'same'"),
  ),
  row(
    40,
    [processTest, 'a torn memory reads as none'],
    gone('store/store.ts', '} catch {\n        return undefined', '} catch (error) {\n        throw error'),
  ),
]
