import { LocalBrainError } from '../errors.ts'
import { deleteFile } from './delete-file.ts'
import { editFile } from './edit-file.ts'
import { fileInfo } from './file-info.ts'
import { gitChangedFiles } from './git-changed-files.ts'
import { gitDiff } from './git-diff.ts'
import { gitLog } from './git-log.ts'
import { gitShow } from './git-show.ts'
import { gitStatus } from './git-status.ts'
import { listDefinitions } from './list-definitions.ts'
import { listDirectory } from './list-directory.ts'
import { moveFile } from './move-file.ts'
import { suggestion } from '../text/nearest.ts'
import { readFile } from './read-file.ts'
import { runChecks } from './run-checks.ts'
import { runCommand } from './run-command.ts'
import { runPython } from './run-python.ts'
import { replaceDefinition } from './replace-definition.ts'
import { searchCode } from './search-code.ts'
import { writeFile } from './write-file.ts'
import type { Tool } from '../core/tool.ts'

/** All tools: those that read, those that write, those that run programs. */
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
  editFile,
  writeFile,
  replaceDefinition,
  deleteFile,
  moveFile,
  runCommand,
  runPython,
  runChecks,
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
