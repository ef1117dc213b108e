import { existsSync, realpathSync } from 'node:fs'
import type { Command } from 'commander'
import { LocalBrainError } from '../../../errors.ts'
import { type Installed, installHook, uninstallHook } from '../../hooks/install.ts'
import { type HookName, hookNames } from '../../hooks/hook-name.ts'
import { parsePushed } from '../../hooks/pushed.ts'
import { type HookOutcome, type HookPolicy, type LayOut, unreviewed } from '../../hooks/review-changes.ts'
import { type HookRun, runPreCommit } from '../../hooks/run-pre-commit.ts'
import { runPrePush } from '../../hooks/run-pre-push.ts'
import { runPrepareCommitMsg } from '../../hooks/run-prepare-commit-msg.ts'
import { redactSecrets } from '../../../text/redact.ts'
import { escapeLine } from '../../../text/escape.ts'
import { suggestion } from '../../../text/nearest.ts'
import { defineFlags, runFlags } from '../flags.ts'
import { showWaiting } from '../waiting-line.ts'
import { onInterrupt } from '../interrupt.ts'
import { writeErr, writeOut } from '../output.ts'
import { type Settings, programStart, readSettings } from '../settings.ts'
import { paragraphs, useColor, wrapped, writeAside } from '../terminal.ts'
import { explain } from './explain.ts'
import { type HookOptions, hookPolicy, hookRequest, hookTimeout, isCi, readHookInput } from './hook-request.ts'

export function defineHook(group: Command): void {
  const flags = [
    { ...runFlags.failOn, help: 'block when a finding is at or above it' },
    { flags: '--strict', help: 'block when it could not be reviewed', put: () => undefined },
    { flags: '--load', help: 'wait for a model that is not in memory, within the time limit', put: () => undefined },
    { ...runFlags.timeout, help: `for all of it (default ${hookTimeout})` },
    runFlags.model,
  ]
  explain(group, {
    examples: [
      ['local-brain hook install pre-commit', 'advice before each commit'],
      ['local-brain hook install pre-commit --fail-on high', 'and a stop for what is high or critical'],
      ['local-brain hook status', 'what is installed here'],
      ['LOCAL_BRAIN_SKIP=1 git commit', 'without it, once'],
    ],
    files: gitHooks,
  })
  const installed = defineFlags(group.command('install <name>'), flags)
    .description('add a hook to this repository: pre-commit, prepare-commit-msg or pre-push')
    .action(install)
  explain(installed, {
    examples: [
      ['local-brain hook install pre-commit --fail-on high', ''],
      ['local-brain hook install pre-commit --load --timeout 60', 'wait for the model to be loaded'],
      ['local-brain hook install prepare-commit-msg', 'a message in the editor of git commit'],
      ['local-brain hook install pre-push --strict', 'no push without a review'],
    ],
    files: gitHooks,
  })
  const removed = group.command('uninstall <name>').description('remove it again').action(uninstall)
  explain(removed, {
    examples: [['local-brain hook uninstall pre-commit', 'the file is as it was, byte for byte']],
    files: "takes the marked block out of git's own hook (.git/hooks, or core.hooksPath), and changes no other file.",
  })
  const state = group.command('status').description('which are installed here, and whether their model is in memory')
  explain(state, {
    examples: [['local-brain hook status', '']],
    files: "reads the hooks of this repository (git's own folder, or core.hooksPath); writes nothing.",
  }).action(async () => (await import('./hook-status.ts')).printHookStatus())
  const run = defineFlags(group.command('run <name> [arguments...]'), flags)
    .description('what the hook does; git calls it, or Claude Code for claude-code')
    .action(async (name: string, words: string[], options: HookOptions) => {
      if (name === 'claude-code') await (await import('./hook-claude-code.ts')).runForClaudeCode(options)
      else await runHookCommand(name, words, options)
    })
  explain(run, {
    examples: [['local-brain hook run pre-commit --fail-on high', 'a line for a hook of your own']],
    files: 'reads the index of git; what was blocked is remembered in ~/.local/state/local-brain.',
  })
}

const gitHooks = "writes a marked block into git's own hook (.git/hooks, or core.hooksPath), and no other file."

/** The options given are the ones that the hook will run with. */
async function install(word: string, options: HookOptions): Promise<void> {
  const name = hookName(word)
  const call = { name, program: ownProgram(), options: asWords(options) }
  const installed = await installHook(call, readSettings())
  await say(name, installed)
  const { fromRepository } = installed
  if (fromRepository === undefined) return
  await writeAside(
    'note',
    `it runs "${escapeLine(fromRepository)}", which whoever can commit to this repository can replace`,
  )
  await writeAside('hint', 'npm install --global local-brain, and install the hook with that')
}

async function uninstall(word: string): Promise<void> {
  const name = hookName(word)
  await say(name, await uninstallHook(name, readSettings()))
}

/** With what git hands over. Everything it says goes to standard error, as git expects. */
async function runHookCommand(word: string, args: string[], options: HookOptions): Promise<void> {
  const name = hookName(word)
  const settings = readSettings()
  if (settings.skip || isCi(settings)) return
  const policy = hookPolicy(options)
  const waiting = showWaiting()
  const interruption = onInterrupt((error, code) => {
    const { lines, exitCode } = failed(name, error, policy)
    return {
      out: '',
      err: `${waiting.clear}${lines.join('\n')}\n`,
      code: name === 'prepare-commit-msg' ? 0 : (code ?? exitCode),
    }
  })
  try {
    const { signal, watch } = interruption
    // Read first: what the wait takes of the time is not there for the review.
    const pushed = name === 'pre-push' ? await pushedText(options, settings, signal) : ''
    const request = await hookRequest(options, settings)
    const outcome = await runHook(
      { name, args, pushed },
      { request, policy, signal, watch, since: programStart(), layOut: forPeople(settings), emit: waiting.emit },
      settings,
    )
    waiting.stop()
    await end(outcome)
  } catch (error) {
    waiting.stop()
    await end(failed(name, error, policy))
  } finally {
    process.exitCode = (name === 'prepare-commit-msg' ? 0 : interruption.code()) ?? process.exitCode ?? 0
    interruption.stop()
  }
}

type HookCall = { name: HookName; args: string[]; pushed: string }

function runHook({ name, args, pushed }: HookCall, run: HookRun, settings: Settings): Promise<HookOutcome> {
  const { environment } = settings
  switch (name) {
    case 'pre-commit':
      return runPreCommit(run)
    case 'prepare-commit-msg':
      // The pre-commit framework hands over the file alone; the source is in the environment.
      return runPrepareCommitMsg(run, {
        file: args[0] ?? '',
        source: args[1] ?? environment['PRE_COMMIT_COMMIT_MSG_SOURCE'] ?? '',
      })
    case 'pre-push':
      return runPrePush(run, {
        refs: parsePushed(pushed),
        remote: args[0] ?? environment['PRE_COMMIT_REMOTE_NAME'] ?? 'origin',
      })
  }
}

/** Git writes the references to standard input; the pre-commit framework has read them and sets variables instead. */
async function pushedText(options: HookOptions, { environment }: Settings, signal: AbortSignal): Promise<string> {
  const { PRE_COMMIT_FROM_REF: from = '', PRE_COMMIT_TO_REF: to, PRE_COMMIT_LOCAL_BRANCH: branch } = environment
  if (to !== undefined) return `${branch ?? 'HEAD'} ${to} - ${from || '0'.repeat(to.length)}`
  return readHookInput(options, signal)
}

/** As a run shows its report on a terminal; without one the lines are as long as they are. */
function forPeople({ color }: Settings): LayOut {
  const { isTTY, columns } = process.stderr
  return async (report) => {
    const { findingsOnScreen } = await import('../screen.ts')
    // Managers keep what is printed in logs, whatever variables say about colours.
    const screen = isTTY
      ? { columns: columns || 80, color: useColor(process.stderr, color) }
      : { columns: Number.POSITIVE_INFINITY, color: false }
    return (await findingsOnScreen(report, { ...screen, speaker: 'local-brain' })).trimEnd().split('\n')
  }
}

/** A message is a convenience: without one the commit goes on, whatever the policy. */
function failed(name: HookName, error: unknown, policy: HookPolicy): HookOutcome {
  if (name !== 'prepare-commit-msg') return unreviewed(error, policy, name === 'pre-push' ? 'push' : 'commit')
  const hint = error instanceof LocalBrainError && error.hint !== undefined ? ` (hint: ${error.hint})` : ''
  return { lines: [`local-brain: no message: ${escapeLine((error as Error).message + hint)}`], exitCode: 0 }
}

async function end({ lines, toPass, exitCode }: HookOutcome): Promise<void> {
  const all = [...lines, ...(toPass === undefined ? [] : [toPass])]
  // guard: hook-secrets
  if (all.length > 0) await writeErr(`${all.map(redactSecrets).map(broken).join('\n')}\n`)
  process.exitCode = exitCode
}

/** A sentence behind what it is about, broken between words on a terminal. What was laid out for one has room as it is. */
function broken(line: string): string {
  const [head = ''] = /^(?:local-brain|to pass|warning|skipped by rule): /.exec(line) ?? []
  return head === '' ? line : wrapped(head, line.slice(head.length), process.stderr)
}

function hookName(word: string): HookName {
  const name = hookNames.find((one) => one === word)
  if (name !== undefined) return name
  throw new LocalBrainError('usage', `"${word}" is not a hook`, { hint: suggestion(word, hookNames) })
}

function asWords({ failOn, strict, load, timeout, model }: HookOptions): string[] {
  return [
    ...(failOn === undefined ? [] : ['--fail-on', failOn]),
    ...(strict ? ['--strict'] : []),
    ...(load ? ['--load'] : []),
    ...(timeout === undefined ? [] : ['--timeout', String(timeout)]),
    ...(model === undefined ? [] : ['--model', model]),
  ]
}

/** How this very program is started: Node and the script, or the standalone binary. */
function ownProgram(): string[] {
  const script = process.argv[1]
  // The standalone binary has none, though bun names one and says that it exists.
  const hasScript = process.versions['bun'] === undefined && script !== undefined && existsSync(script)
  return hasScript ? [process.execPath, realpathSync(script)] : [process.execPath]
}

const changes: Record<Installed['change'], (name: string) => string> = {
  added: (name) => `${name} hook installed`,
  changed: (name) => `${name} hook changed`,
  removed: (name) => `${name} hook removed`,
  none: (name) => `${name} hook: nothing to do`,
}

async function say(name: HookName, { file, change }: Installed): Promise<void> {
  await writeOut(paragraphs(`${changes[change](name)}: ${escapeLine(file)}\n`))
}
