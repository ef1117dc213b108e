import * as z from 'zod'
import { defineTool } from '../core/tool.ts'
import { editorOf, planDraft } from './draft-plan.ts'

export const deleteFile = defineTool({
  name: 'delete_file',
  description: 'Delete a file.',
  access: 'write',
  parameters: z.object({ path: z.string().describe('The file; folders are not deleted') }),
  async plan({ path }, context) {
    const draft = await editorOf(context).remove(path)
    return planDraft(draft, { result: `deleted ${draft.path}` })
  },
})
