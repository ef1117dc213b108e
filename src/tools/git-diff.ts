import * as z from 'zod'
import { callText } from './clip.ts'
import { findScope, visiblePath } from './git-changes.ts'
import { showPatch } from './git-patch.ts'
import { defineTool } from '../core/tool.ts'

export const gitDiff = defineTool({
  name: 'git_diff',
  description: 'Show what was changed and is not committed yet, or since a base branch.',
  parameters: z.object({
    staged: z.boolean().optional().describe('true: only staged changes; false: only unstaged ones'),
    base: z.string().optional().describe('A branch or commit: show the commits since then instead'),
    path: z.string().optional().describe('Only this file or folder'),
  }),
  async run({ staged, base, path }, context) {
    const { workspace } = context
    const wanted = path ? await visiblePath(context, path) : '.'
    const scope = await findScope(context, { staged, base })
    const again = (file: string) => callText('git_diff', { staged, base, path: file })
    const lines = await showPatch(context, { scope, path: wanted, again })
    if (lines) return lines.join('\n')
    // guard: model-path-shown
    const { path: place } = await workspace.info(wanted)
    return `No ${scope.name}${place === '.' ? '' : ` in ${place}`}`
  },
})
