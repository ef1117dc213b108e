import type { Message, Model, ToolSpec } from '../../core/model.ts'
import { LocalBrainError, isError } from '../../errors.ts'
import { renderPrompt } from '../../skills/prompt.ts'
import type { Skill } from '../../skills/skill.ts'
import { clip } from '../../text/clip.ts'
import { escapeName } from '../../text/escape.ts'
import { showOutput } from '../../tools/ended.ts'
import type { CheckResult } from '../../workspace/sandbox/check.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import type { LoadedSpec } from './load-spec.ts'

/** What a round begins with. */
export type RoundInput = {
  spec: LoadedSpec
  skill: Skill
  /** The copy, as it is now. */
  workspace: Workspace
  model: Model
  tools: readonly ToolSpec[]
  /** What was changed so far, as a patch. */
  patch: string
  /** The checks as they are now. */
  checks: readonly CheckResult[]
  isFirst: boolean
}

type File = { path: string; language: ''; content: string }

/** Shares of the window. What is left is for tools and replies. */
const shares = { prompt: 0.55, most: 0.75, patch: 0.12, failures: 0.15 }
/** Lines of each failed check, from its end. */
const shownLines = 60

/**
 * The messages of a round: the task, its files, what was changed so far and what fails. The files that do not fit beside
 * the rest are only named. Rejects with LocalBrainError('overflow') when the spec alone is too long for the window.
 */
export async function roundMessages(input: RoundInput): Promise<Message[]> {
  const { spec, skill, model, tools, patch, checks, isFirst } = input
  const { files, long, missing } = await filesOf(input)
  const common = {
    input: spec.task,
    diff: clip(patch, { maxChars: model.bytes(model.window * shares.patch), hint: moreOfPatch }),
  }
  const vars = {
    checks: checks.map(({ check, state }) => `- ${check.command} (${stateWords[state]})`).join('\n'),
    failing: failuresOf(checks, model.bytes(model.window * shares.failures)),
    missing: missing.join(', '),
    scope: skill.scope?.join(', ') ?? '',
    again: isFirst ? '' : 'yes',
  }
  const render = async (shown: readonly File[]) => {
    const unshown = [...files.filter((file) => !shown.includes(file)).map(({ path }) => path), ...long]
    return renderPrompt(skill, { ...common, files: shown, vars: { ...vars, unshown: unshown.join(', ') } })
  }
  const shown: File[] = []
  let messages = await render(shown)
  // guard: spec-fits
  if (model.tokens(messages, tools) > model.window * shares.most) throw tooLong(spec)
  for (const file of files) {
    const more = await render([...shown, file])
    if (model.tokens(more, tools) > model.window * shares.prompt) continue
    shown.push(file)
    messages = more
  }
  return messages
}

const stateWords = { ok: 'holds', failed: 'fails', empty: 'tests nothing', not_run: 'not run' } as const

function moreOfPatch({ lines, of }: { lines: number; of: number }): string {
  return `${lines} of ${of} lines; read the files for the rest`
}

/** What the failed checks printed last. */
function failuresOf(checks: readonly CheckResult[], maxChars: number): string {
  const failed = checks.filter(({ state }) => state === 'failed' || state === 'empty')
  const each = Math.floor(maxChars / Math.max(1, failed.length))
  return failed.map((result) => failureOf(result, each)).join('\n\n')
}

function failureOf({ check, state, exitCode, reason, output }: CheckResult, maxChars: number): string {
  const how = reason === 'timeout' ? 'took too long' : exitCode === null ? 'ended by a signal' : `exit ${exitCode}`
  const head = `$ ${check.command} (${state === 'empty' ? 'it tested nothing, which counts as a failure' : how})`
  const lines = output.trimEnd().split('\n')
  return `${head}\n${showOutput(lines.slice(-shownLines).join('\n'), maxChars)}`
}

/** Bytes of one file that are shown. */
const maxFile = 256 * 1024

/** The files that the spec names, as far as they are there. What may not be read is not there. */
async function filesOf({ spec, workspace }: RoundInput): Promise<{ files: File[]; long: string[]; missing: string[] }> {
  const files: File[] = []
  const long: string[] = []
  const missing: string[] = []
  for (const path of spec.targets) {
    try {
      const { text, truncated } = await workspace.read(path, { maxBytes: maxFile })
      const name = escapeName(path)
      if (truncated) long.push(name)
      else files.push({ path: name, language: '', content: text })
    } catch (error) {
      if (!isError(error)) throw error
      if (error.code === 'not-available' && !/[*?[{]/.test(path)) missing.push(escapeName(path))
    }
  }
  return { files, long, missing }
}

function tooLong({ name }: LoadedSpec): LocalBrainError {
  return new LocalBrainError('overflow', `"${name}" does not fit the model's window`, {
    hint: 'give it a larger window with --num-ctx, or divide the task into several specs',
  })
}
