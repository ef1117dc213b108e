import type { Command } from 'commander'
import type { CaseResult } from '../../../app/skill-test/try-case.ts'
import { createScriptedEngine } from '../../../demo/engine.ts'
import type { Engine } from '../../../engines/engine.ts'
import { LocalBrainError } from '../../../errors.ts'
import { type Case, loadCases } from '../../../skills/case.ts'
import { findSkill } from '../../../skills/find.ts'
import type { Skill } from '../../../skills/skill.ts'
import { escapeLine, escapeProseLine, safeJson } from '../../../text/escape.ts'
import { displayWidth, padWidth } from '../../../text/width.ts'
import { redactAll } from '../../../text/redact.ts'
import { version } from '../../../version.ts'
import { fail } from '../failure.ts'
import { readPositive } from '../flag-values.ts'
import { askingFlags, tellingFlags } from '../flag-sets.ts'
import { defineFlags, runFlags } from '../flags.ts'
import { interrupted, onInterrupt } from '../interrupt.ts'
import { writeOut } from '../output.ts'
import { createProgress } from '../progress.ts'
import { completeModel, readFlags } from '../request.ts'
import { readSettings } from '../settings.ts'
import { places } from '../skill-places.ts'
import { explain } from './explain.ts'
import { taskOf } from '../../../tasks/index.ts'

type Options = Record<string, unknown> & { runs: number; case?: string[]; scripted?: boolean; format: 'table' | 'json' }

export function defineTest(group: Command): void {
  const command = group
    .command('test <name>')
    .description('try a skill on the cases beside it (cases/*.yaml); exit 1 when one fails')
    .option('-n, --runs <n>', 'how often each case is run; the worst run counts', readPositive, 1)
    .option('--case <name>', 'only this case; repeatable', (name: string, before?: string[]) => [
      ...(before ?? []),
      name,
    ])
    .option('--scripted', 'use the replies written in the cases instead of asking a model')
  const format = { ...runFlags.format, help: 'of the result', choices: ['table', 'json'], initial: 'table' }
  const { model, timeout } = runFlags
  const limit = { ...timeout, help: 'for one run (default: that of the skill)' }
  defineFlags(command, [format, model, limit, ...askingFlags, ...tellingFlags])
  explain(command, {
    about: `A case is a YAML file: an input, and what has to be found or said, and what must
not. docs/skills.md has all keys.`,
    examples: [
      ['local-brain skills test todo-owners', 'each case once, with the model that a run would take'],
      ['local-brain skills test todo-owners -n 3', 'three times; a case passes when every run does'],
      ['local-brain skills test ./todo-owners --scripted', 'without a model, as in a test'],
    ],
    codes: '0 every case passes, 1 one fails, 2 usage or a wrong case, 3 no server or model, 4 a case got no answer',
    files: 'reads cases/*.yaml beside the skill; writes nothing but what --log-file names.',
  }).action(testSkill)
}

async function testSkill(name: string, options: Options): Promise<void> {
  const { debug } = readSettings()
  const json = options.format === 'json'
  const interruption = onInterrupt()
  try {
    const tested = await tryAll(name, options, interruption.signal)
    interruption.stop()
    await writeOut(json ? `${safeJson(tested)}\n` : tableOf(tested))
    process.exitCode = tested.exitCode
  } catch (error) {
    const code = interruption.code()
    await fail(code === undefined ? error : interrupted, { debug, json, code })
  } finally {
    interruption.stop()
  }
}

/** What `--format json` prints. */
type Tested = {
  schema: 'local-brain.skill-test/1'
  tool: { name: 'local-brain'; version: string }
  skill: string
  /** Null when no case was run. */
  model: string | null
  scripted: boolean
  /** Of each case. */
  runs: number
  cases: CaseResult[]
  /** Cases that have no replies, with `--scripted`. */
  skipped: string[]
  exitCode: 0 | 1 | 4
}

async function tryAll(name: string, options: Options, signal: AbortSignal): Promise<Tested> {
  const settings = readSettings()
  // A repository's skill has to be trusted before anything beside it is read.
  const skill = await findSkill(name, places(settings))
  const { cases, skipped } = chosen(await loadCases(skill), name, options)
  const { request: asked, shown } = readFlags({ ...options, format: 'json' }, settings)
  const { scripted = false, runs } = options
  const { paths, environment } = settings
  const model = scripted ? {} : await completeModel(asked.model, settings)
  const request = { paths, environment, model, limits: asked.limits }
  const progress = await createProgress({ ...shown, format: 'json' }, settings)
  const { tryCase } = await import('../../../app/skill-test/try-case.ts')
  const results: CaseResult[] = []
  try {
    for (const one of cases) {
      const engine = scripted ? () => scriptOf(one, skill) : undefined
      results.push(await tryCase(skill, one, { request, runs, engine, emit: progress.emit, signal }))
      signal.throwIfAborted()
    }
  } finally {
    const unlogged = await progress.close()
    if (unlogged !== undefined && !signal.aborted) await fail(unlogged, { debug: settings.debug })
  }
  return redactAll({
    schema: 'local-brain.skill-test/1',
    tool: { name: 'local-brain', version },
    skill: skill.name,
    model: results.find((result) => result.model !== null)?.model ?? null,
    scripted,
    runs,
    cases: results,
    skipped,
    exitCode: exitCodeOf(results),
  })
}

/** The cases to run, and the names of those that have nothing to run with. */
function chosen(all: readonly Case[], name: string, options: Options): { cases: Case[]; skipped: string[] } {
  const { case: wanted, scripted } = options
  const unknown = wanted?.find((one) => !all.some((other) => other.name === one))
  if (unknown !== undefined) {
    const names = all.map((one) => one.name).join(', ')
    throw new LocalBrainError('usage', `Skill "${name}" has no case "${unknown}"`, { hint: `one of: ${names}` })
  }
  const asked = all.filter((one) => wanted === undefined || wanted.includes(one.name))
  const cases = asked.filter(({ replies }) => scripted !== true || replies !== undefined)
  if (cases.length === 0) {
    throw new LocalBrainError('usage', `No case of "${name}" has replies, which --scripted takes`, {
      hint: `local-brain skills test ${name}`,
    })
  }
  return { cases, skipped: asked.filter((one) => !cases.includes(one)).map((one) => one.name) }
}

/** Gives the replies of a case in their order. The second look at a finding is part of the program, and confirms it. */
export function scriptOf({ file, replies = [] }: Case, skill: Skill): Engine {
  const { givesFindings } = taskOf(skill)
  let asked = 0
  return createScriptedEngine(({ format }) => {
    const fields = Object.keys((format as { properties?: object } | undefined)?.properties ?? {})
    if (givesFindings && !fields.includes('findings')) return { text: confirmation }
    const reply = replies[asked]
    asked += 1
    if (reply === undefined) {
      const there = replies.length === 1 ? '1 reply' : `${replies.length} replies`
      throw new LocalBrainError('unusable', `the case has ${there}, and the model is asked once more`, {
        hint: `add one to ${file}`,
      })
    }
    if (typeof reply === 'string') return { text: reply }
    return 'json' in reply ? { text: JSON.stringify(reply.json) } : reply
  })
}

const confirmation = JSON.stringify({ evidence: 'as claimed', verdict: 'real' })

/** A wrong answer weighs more than none. */
function exitCodeOf(results: readonly CaseResult[]): Tested['exitCode'] {
  if (results.some(({ state }) => state === 'failed')) return 1
  return results.some(({ state }) => state === 'unanswered') ? 4 : 0
}

function tableOf({ cases, skipped, model, runs, scripted }: Tested): string {
  const width = Math.max(4, ...cases.map(({ name }) => displayWidth(escapeLine(name))))
  const row = (name: string, state: string, passed: string, time: string) =>
    `${padWidth(name, width)}  ${state.padEnd(10)}  ${passed.padEnd(8)}  ${time}`
  const lines = cases.flatMap((result) => [
    row(
      escapeLine(result.name),
      result.state,
      `${result.passed} of ${result.runs}`,
      `${(result.ms / 1000).toFixed(1)} s`,
    ),
    ...result.problems.map(({ run, message }) => `  ${runs > 1 ? `run ${run}: ` : ''}${escapeProseLine(message)}`),
  ])
  const counts = (['passed', 'failed', 'unanswered'] as const)
    .map((state) => ({ state, count: cases.filter((result) => result.state === state).length }))
    .filter(({ state, count }) => count > 0 || state === 'passed')
    .map(({ state, count }) => `${count} ${state}`)
  const left = skipped.length === 0 ? [] : [`not run, without replies: ${skipped.map(escapeLine).join(', ')}`]
  const who = scripted ? 'scripted replies' : escapeLine(model ?? 'no model')
  const end = [`${cases.length} ${cases.length === 1 ? 'case' : 'cases'}: ${counts.join(', ')}`, who]
  return `${[row('CASE', 'RESULT', 'RUNS', 'TIME'), ...lines, '', [...end, ...left].join(' · ')].join('\n')}\n`
}
