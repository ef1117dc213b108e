import { LocalBrainError } from '../errors.ts'
import { fileInfo } from './file-info.ts'
import { gitChangedFiles } from './git-changed-files.ts'
import { gitDiff } from './git-diff.ts'
import { gitLog } from './git-log.ts'
import { gitShow } from './git-show.ts'
import { gitStatus } from './git-status.ts'
import { listDefinitions } from './list-definitions.ts'
import { listDirectory } from './list-directory.ts'
import { suggestion } from '../text/nearest.ts'
import { readFile } from './read-file.ts'
import { searchCode } from './search-code.ts'
import type { Tool } from '../core/tool.ts'

/** All tools. They only read. */
export const tools: readonly Tool[] = [
  readFile,
  listDirectory,
  fileInfo,
  searchCode,
  listDefinitions,
  gitDiff,
  gitChangedFiles,
  gitStatus,
  gitLog,
  gitShow,
]

/** The tools with these names, in this order. Throws LocalBrainError('invalid-skill') for an unknown name. */
export function selectTools(names: readonly string[]): Tool[] {
  const known = tools.map((tool) => tool.name)
  return [...new Set(names)].map((name) => {
    const tool = tools.find((candidate) => candidate.name === name)
    if (tool) return tool
    throw new LocalBrainError('invalid-skill', `There is no tool "${name}"`, { hint: suggestion(name, known) })
  })
}
