import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { ToolCallRecord } from '../core/answer.ts'
import type { Message } from '../core/model.ts'
import { languageOf } from '../syntax/language.ts'
import { escapeLine } from '../text/escape.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { JobResult, TaskContext } from './task.ts'

type Answered = Pick<JobResult, 'job' | 'text' | 'toolCalls'>
type Around = Pick<TaskContext, 'workspace' | 'tools'>

/**
 * A warning about an answer in prose that rests on nothing: it names a file that is neither here nor in anything that the
 * model was told, or tells of files of which none was read. Empty in any doubt. `messages`: the whole conversation.
 */
export async function unfounded(
  { job, text, toolCalls }: Answered,
  messages: readonly Message[],
  { workspace, tools }: Around,
): Promise<string[]> {
  const named = filesIn(text)
  const missing = await missingOf(named, messages, workspace)
  const [first, ...more] = missing
  if (first !== undefined) {
    const others = more.length === 0 ? '' : ` and ${more.length} more file${more.length === 1 ? '' : 's'}`
    const verb = more.length === 0 ? 'does' : 'do'
    return [`the answer names ${escapeLine(first)}${others}, which ${verb} not exist here`]
  }
  if (job.units.length > 0 || tools.length === 0) return []
  const question = messages.find(({ role }) => role === 'user')?.content ?? ''
  const isAboutFiles = named.some(({ isCited }) => isCited) || filesIn(question).length > 0
  return isAboutFiles ? nothingRead(toolCalls) : []
}

/** Says that an answer had nothing to rest on. Empty when any tool gave something. */
export function nothingRead(toolCalls: readonly ToolCallRecord[]): string[] {
  if (toolCalls.some(({ ok }) => ok)) return []
  const what = toolCalls.length === 0 ? 'no tool was called' : 'no call of a tool succeeded'
  return [`${what}: the answer rests on nothing that was read`]
}

/** `isCited`: with the number of a line. `isProposed`: the sentence may be about a file that is yet to be. */
type NamedFile = { path: string; isCited: boolean; isProposed: boolean }

/** No path that anyone writes is longer, and no pattern below is quick with a word of any length. */
const maxPathChars = 400

const fence = /^ {0,3}(`{3,}|~{3,})/
const between = /[\s`'"“”‘’()[\]{}<>,;|*]+/
const file = /^(?:\.\/)?((?:[\w@+.-]+\/)*[\w+.-]*\w\.\w{1,10})(?:(?::|#L)(\d+)\S*)?$/
const proposing =
  /\b(?:(?:creat|add|writ|mov|renam|sav|generat|suggest|exampl|missing|e\.g)\w*|new|put|such as|like|if|would|could|should|might|may|can|not?|cannot|\w+n't|let's)\b/i

/** What is written like a file of the workspace: with a folder or a line, and the ending of a known language. */
export function filesIn(text: string): NamedFile[] {
  return linesOfProse(text).flatMap((line) => {
    const isProposed = proposing.test(line)
    return line.split(between).flatMap((word) => {
      if (word.length > maxPathChars) return []
      const [, path = '', cited] = file.exec(word.replace(/[.:!?]+$/, '')) ?? []
      const [folder = '', ...rest] = path.split('/')
      const isElsewhere = /^@|.\./.test(folder) || path.startsWith('path/to/') || path.split('/').includes('..')
      if (path === '' || languageOf(path) === 'code' || (rest.length > 0 && isElsewhere)) return []
      if (rest.length === 0 && cited === undefined) return []
      return [{ path, isCited: cited !== undefined, isProposed }]
    })
  })
}

/** The lines outside of fenced code. */
function linesOfProse(text: string): string[] {
  let open: string | undefined
  return text.split('\n').filter((line) => {
    const mark = fence.exec(line)?.[1]
    if (open === undefined) open = mark
    else if (mark?.startsWith(open) === true) open = undefined
    else return false
    return mark === undefined
  })
}

/** Files that are looked for. */
const maxSought = 20

async function missingOf(
  named: readonly NamedFile[],
  messages: readonly Message[],
  workspace: Workspace,
): Promise<string[]> {
  const told = messages.flatMap(({ role, content }) => (role === 'assistant' ? [] : [content]))
  const claimed = named.filter(({ isCited, isProposed }) => isCited || !isProposed).map(({ path }) => path)
  const missing: string[] = []
  for (const path of [...new Set(claimed)].slice(0, maxSought)) {
    const isTold = told.some((content) => content.includes(basename(path)))
    if (!isTold && !(await isHere(path, workspace))) missing.push(path)
  }
  return missing
}

/** Whether it is a file, or the end of the path of one, or would be none to look at. */
async function isHere(path: string, workspace: Workspace): Promise<boolean> {
  const { root } = workspace
  const own = path.startsWith(`${basename(root)}/`) ? path.slice(basename(root).length + 1) : path
  const places = [own, own.replace(/^[ab]\//, '')]
  if (places.some((place) => existsSync(join(root, place)))) return true
  if ((await workspace.ignored([own])).size > 0) return true
  const { paths, truncated } = await workspace.list({ pattern: basename(own), anyDepth: true })
  return truncated || paths.some((known) => places.some((place) => `/${known}`.endsWith(`/${place}`)))
}
