import * as z from 'zod'
import { count, fitLines, reserved } from './clip.ts'
import { findScope, findChanges } from './git-changes.ts'
import { createApartReader } from './git-patch.ts'
import { defineTool } from '../core/tool.ts'

export const gitChangedFiles = defineTool({
  name: 'git_changed_files',
  description: 'List the files that were changed and not committed yet, or since a base branch.',
  parameters: z.object({
    staged: z.boolean().optional().describe('true: only staged changes; false: only unstaged ones'),
    base: z.string().optional().describe('A branch or commit: list the commits since then instead'),
  }),
  async run({ staged, base }, context) {
    const scope = await findScope(context, { staged, base })
    const changes = await findChanges(context, scope)
    if (changes.length === 0) return `No ${scope.name}`
    const readApart = createApartReader(context)
    const lines: string[] = []
    for (const change of changes) lines.push((await readApart(change)).line)
    const { shown } = fitLines(lines, context.maxChars - reserved)
    const left = changes.length - shown.length
    const note = left > 0 ? [`[${left} more: git_diff path="…" shows the changes in one folder]`] : []
    return [`${count(changes.length, 'file')}, ${scope.name}`, ...shown, ...note].join('\n')
  },
})
