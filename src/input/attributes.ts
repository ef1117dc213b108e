import { posix } from 'node:path'
import { relativeTo } from '../workspace/confine.ts'
import type { Git } from '../workspace/git/git.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { type AttributeFile, type Attributes, attributesOf, readAttributeFile } from './attribute-file.ts'
import type { Before } from './before.ts'

/** What the repository says about a file, either way; nothing where it says nothing. */
export type Marks = {
  generated?: boolean
  vendored?: boolean
  /** False: not to be shown as text. */
  text?: boolean
}

const names = { 'linguist-generated': 'generated', 'linguist-vendored': 'vendored', diff: 'text' } as const

function marksOf(attributes: Attributes): Marks {
  const marks: Marks = {}
  for (const [attribute, name] of Object.entries(names)) {
    const value = attributes.get(attribute)
    if (value !== undefined) marks[name] = value
  }
  return marks
}

/**
 * The marks of changed files, from the `.gitattributes` that were there before the change: what comes with it cannot
 * take it out of a review.
 */
export async function marksBefore(before: Before, paths: readonly string[]): Promise<(path: string) => Marks> {
  const folders = new Set(paths.flatMap(foldersOf))
  const texts = await before.read([...folders].map((folder) => posix.join(folder, '.gitattributes')))
  const files = [...texts]
    .map(([path, text]) => readAttributeFile(posix.dirname(path), text))
    .sort((a, b) => a.folder.length - b.folder.length)
  keepTelling(files)
  return (path) => (files.length === 0 ? {} : marksOf(attributesOf(files, path)))
}

/** Rules of one repository that count: each costs time for every path. */
const maxRules = 300

/** Leaves the rules about marks. */
function keepTelling(files: readonly AttributeFile[]): void {
  const telling = new Set([...Object.keys(names), 'binary', ...files.flatMap(({ macros }) => [...macros.keys()])])
  let count = 0
  for (const file of files) {
    file.rules = file.rules.filter(
      ({ assignments }) => assignments.some(({ attribute }) => telling.has(attribute)) && ++count <= maxRules,
    )
  }
}

/** `a/b/c.ts` → `.`, `a`, `a/b`. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return ['.', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))]
}

/** The marks of files as the working tree says, by paths relative to the root. */
export async function marksNow({ git, root }: Workspace, paths: readonly string[]): Promise<Map<string, Marks>> {
  const found = new Map<string, Marks>()
  if (!git || paths.length === 0) return found
  const prefix = relativeTo(git.top, root)
  for (const [path, attributes] of await checkAttributes(
    git,
    paths.map((path) => posix.join(prefix, path)),
  )) {
    found.set(posix.relative(prefix, path), marksOf(attributes))
  }
  return found
}

async function checkAttributes(git: Git, paths: readonly string[]): Promise<Map<string, Map<string, boolean>>> {
  const input = paths.map((path) => `${path}\0`).join('')
  const args = ['check-attr', '-z', '--stdin', 'linguist-generated', 'linguist-vendored']
  const fields = (await git.run(args, { input, maxBytes: 64 * 1024 * 1024 })).split('\0')
  const found = new Map<string, Map<string, boolean>>()
  for (let index = 0; index + 2 < fields.length; index += 3) {
    const [path = '', attribute = '', value = ''] = fields.slice(index, index + 3)
    const state = /^(?:set|true|1|yes)$/i.test(value) ? true : /^(?:unset|false|0|no)$/i.test(value) ? false : undefined
    if (state !== undefined) found.set(path, (found.get(path) ?? new Map<string, boolean>()).set(attribute, state))
  }
  return found
}
