import { LocalBrainError } from '../../../errors.ts'
import type { Report } from '../../../report/report.ts'
import { prepare } from '../../../app/prepare.ts'
import { dryRun } from '../dry-run.ts'
import { fail } from '../failure.ts'
import { onInterrupt } from '../interrupt.ts'
import { type Progress, createProgress } from '../progress.ts'
import { type RunOptions, resolveRequest } from '../request.ts'
import { type Settings, readSettings } from '../settings.ts'
import { deliver, deliverError } from '../deliver.ts'

/** `local-brain [options] [prompt...]`: one request, one report. */
export async function runCommand(prompt: string, raw: Record<string, unknown>): Promise<void> {
  const settings = readSettings()
  const options = raw as RunOptions
  const interruption = onInterrupt()
  const progress = await openProgress(options, settings)
  try {
    const request = await resolveRequest(prompt, options, settings, interruption.signal)
    if (options.dryRun) {
      await dryRun(await prepare(request, interruption.signal), options)
      return
    }
    const { run } = await import('../../../app/run.ts')
    const report = await run(request, { emit: progress.emit, signal: interruption.signal })
    const unlogged = await progress.close()
    await deliver(report, { options, settings, streamed: progress.streamed(), beforePrinting: interruption.stop })
    await afterwards(report, settings.debug)
    process.exitCode = interruption.code() ?? report.exitCode
    if (unlogged !== undefined) await fail(unlogged, settings.debug)
  } catch (error) {
    await progress.close()
    const code = interruption.code()
    const known = code === undefined ? error : new LocalBrainError('interrupted', 'Interrupted')
    await deliverError(known, options)
    if (code === undefined) await fail(known, settings.debug)
    else process.exitCode = code
  } finally {
    interruption.stop()
  }
}

/** The log may be in the way of everything else, and that is a failure like any other. */
async function openProgress(options: RunOptions, settings: Settings): Promise<Progress> {
  try {
    return await createProgress(options, settings)
  } catch (error) {
    await deliverError(error, options)
    throw error
  }
}

/** What the report says of a failure goes to standard error too, as every failure does. */
async function afterwards(report: Report, debug: boolean): Promise<void> {
  const { error } = report
  if (error === undefined) return
  const { code, message, hint } = error
  await fail(new LocalBrainError(code as LocalBrainError['code'], message, hint === undefined ? {} : { hint }), debug)
}
