import * as z from 'zod'
import { defineTool } from '../core/tool.ts'
import { editorOf, planDraft } from './draft-plan.ts'

export const moveFile = defineTool({
  name: 'move_file',
  description: 'Move or rename a file.',
  access: 'write',
  parameters: z.object({
    from: z.string().describe('The file'),
    to: z.string().describe('Its new path, where nothing is yet; folders are made'),
  }),
  async plan({ from, to }, context) {
    const draft = await editorOf(context).move(from, to)
    return planDraft(draft, { result: `moved ${draft.from} to ${draft.path}` })
  },
})
