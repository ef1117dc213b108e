import type { CallPlan, ToolContext } from '../core/tool.ts'
import { LocalBrainError } from '../errors.ts'
import { languageOf } from '../syntax/language.ts'
import { syntaxProblem } from '../syntax/problem.ts'
import { sha256 } from '../text/hash.ts'
import type { Editor, OpenedFile } from '../workspace/edit.ts'
import type { Draft } from '../workspace/edit-tally.ts'
import { callText } from './clip.ts'
import { diffText } from './diff-text.ts'

/** The way to write, where there is one. */
export function editorOf({ editor }: ToolContext): Editor {
  if (editor === undefined) throw new LocalBrainError('usage', 'nothing may be written here')
  return editor
}

/** A text file that is there, and that nobody else has changed since the model read it. */
export async function openKnown(path: string, context: ToolContext): Promise<OpenedFile & { text: string }> {
  const file = await editorOf(context).open(path)
  const { text } = file
  if (text === undefined) throw new LocalBrainError('usage', `${file.path} does not exist; write_file makes a new file`)
  refuseChanged(file, context)
  // Kept as it is, since an editor knows its files by identity.
  return file as OpenedFile & { text: string }
}

export function refuseChanged({ path, asRead = '' }: OpenedFile, { seen }: ToolContext): void {
  // guard: changed-since-read
  if (seen?.of(path, asRead) === 'changed') {
    throw new LocalBrainError(
      'usage',
      `${path} has changed since you read it; read it again: ${callText('read_file', { path })}`,
    )
  }
}

type Outcome = {
  /** What the model is told once it is done. */
  result: string
  /** Whether the model knows all of the new text, or as much as before. */
  knows?: 'all' | 'as-before'
}

/** The plan for a new text: refused where it would not parse any more, unless the model insists. */
export async function planText(draft: Draft, context: ToolContext, { result, knows }: Outcome): Promise<CallPlan> {
  const warning = await checkSyntax(draft, context)
  return planDraft(draft, { result: warning === undefined ? result : `${result}\n${warning}`, knows })
}

export async function planDraft(draft: Draft, { result, knows = 'as-before' }: Outcome): Promise<CallPlan> {
  const { path, from, asRead, sensitive, overLimit } = draft
  return {
    preview: await previewOf(draft),
    sensitive,
    overLimit,
    async run({ seen }) {
      await draft.commit()
      if (asRead === undefined) seen?.gone(from ?? path)
      else seen?.wrote(path, asRead, knows)
      return result
    },
  }
}

async function previewOf({ kind, path, from, before, after }: Draft): Promise<string> {
  if (kind === 'move') return `${from} becomes ${path}`
  if (kind === 'delete' && before === undefined) return `${path} is taken away`
  return diffText(before ?? '', after ?? '')
}

/** A warning for what does not parse and is meant. */
async function checkSyntax({ path, before, after = '' }: Draft, { seen }: ToolContext): Promise<string | undefined> {
  const problem = await syntaxProblem(after, languageOf(path, after))
  if (problem === undefined || problem === null) return undefined
  // What did not parse before may be another dialect of the language.
  if (before !== undefined && before !== '' && (await syntaxProblem(before, languageOf(path, before))) !== null)
    return undefined
  const place = `line ${problem.line}: ${problem.text}`
  // guard: syntax-kept
  if (seen === undefined || seen.insists(`${path} ${sha256(after)}`))
    return `[warning: ${path} does not parse (${place})]`
  const what = before === undefined ? 'would not parse' : 'would not parse any more'
  const again = 'nothing was changed. If that is meant, make the same call again'
  throw new LocalBrainError('unconfirmed', `${path} ${what} (${place}); ${again}`)
}
