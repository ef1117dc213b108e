import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { LocalBrainError } from '../../../errors.ts'
import type { Report } from '../../../report/report.ts'
import { prepare } from '../../../app/prepare.ts'
import { deliver } from '../deliver.ts'
import { dryRun } from '../dry-run.ts'
import { fail } from '../failure.ts'
import { splitNames } from '../file-names.ts'
import { type Interruption, interrupted, onInterrupt } from '../interrupt.ts'
import { createProgress } from '../progress.ts'
import { type RunOptions, resolveRequest } from '../request.ts'
import { type Settings, programStart, readSettings } from '../settings.ts'

export type RunCall = {
  /** What belongs to no flag. */
  words: readonly string[]
  /** All that was typed. */
  argv: readonly string[]
  options: Record<string, unknown>
  commands: readonly Command[]
}

/** `local-brain [options] [prompt...]`: one request, one report. */
export async function runCommand(call: RunCall): Promise<void> {
  const settings = readSettings()
  const options = readOptions(call.options as RunOptions, settings)
  const interruption = onInterrupt()
  try {
    await run(call, { options, settings, interruption })
  } catch (error) {
    const code = interruption.code()
    const known = code === undefined ? error : interrupted
    await fail(known, { debug: settings.debug, json: options.format === 'json', code })
  } finally {
    interruption.stop()
  }
}

function readOptions(options: RunOptions, { cwd }: Settings): RunOptions {
  const exists = (name: string) => existsSync(resolve(cwd, name))
  return { ...options, files: options.files.flatMap((value) => splitNames(value, exists)) }
}

type Running = { options: RunOptions; settings: Settings; interruption: Interruption }

async function run(call: RunCall, { options, settings, interruption }: Running): Promise<void> {
  const progress = await createProgress(options, settings)
  try {
    const { signal } = interruption
    const since = programStart()
    const { prompt, files } = await wordsOf(call, options, settings)
    const request = await resolveRequest(prompt, { ...options, files: [...options.files, ...files] }, settings)
    if (options.dryRun) {
      await dryRun(await prepare(request, { emit: progress.emit, signal, since }), options)
      return
    }
    const { run: runOnce } = await import('../../../app/run.ts')
    const report = ended(await runOnce(request, { emit: progress.emit, signal, since }), interruption.code())
    const unlogged = await progress.close()
    await deliver(report, { options, settings, streamed: progress.streamed(), beforePrinting: interruption.stop })
    const failure = unlogged ?? errorOf(report)
    if (failure !== undefined) await fail(failure, { debug: settings.debug })
    if (unlogged === undefined) process.exitCode = report.exitCode
  } finally {
    await progress.close()
  }
}

async function wordsOf(call: RunCall, options: RunOptions, settings: Settings) {
  if (call.words.length === 0) return { prompt: '', files: [] }
  const { sortWords } = await import('../prompt-words.ts')
  return sortWords({ ...call, options, settings })
}

/** What a signal ended says so, with the code that the process ends with. */
function ended(report: Report, code: number | undefined): Report {
  if (code === undefined) return report
  const { message, hint } = interrupted
  return { ...report, exitCode: code, error: report.error ?? { code: 'interrupted', message, hint } }
}

/** What the report says of a failure goes to standard error too, as every failure does. */
function errorOf({ error }: Report): LocalBrainError | undefined {
  if (error === undefined) return undefined
  const { code, message, hint } = error
  return new LocalBrainError(code as LocalBrainError['code'], message, { hint })
}
