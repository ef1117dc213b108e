import * as z from 'zod'
import { count, fitLines, reserved } from './clip.ts'
import { findVisible, gitOf, gitPath, findChanges } from './git-changes.ts'
import { changeLine } from './git-patch.ts'
import { defineTool } from '../core/tool.ts'
import { escapeName } from '../text/escape.ts'

const listBytes = 1024 * 1024

export const gitStatus = defineTool({
  name: 'git_status',
  description: 'Show the current branch and which files are staged, changed or new.',
  parameters: z.object({}),
  async run(_args, context) {
    const git = gitOf(context)
    const branch = await git.branch()
    const staged = await findChanges(context, { sides: ['--cached'] })
    const isHook = context.workspace.view === 'index'
    const unstaged = isHook ? [] : await findChanges(context, { sides: [] })
    const untracked = isHook ? [] : await listUntracked()
    const lines = [
      ...section('staged', staged.map(changeLine)),
      ...section('not staged', unstaged.map(changeLine)),
      ...section('new, not in git', untracked.map(escapeName)),
    ]
    const head = branch === '' ? 'No branch (detached HEAD)' : `On branch ${branch}`
    if (lines.length === 0) return `${head}, nothing changed`
    const { shown } = fitLines(lines, context.maxChars - reserved)
    const left = lines.length - shown.length
    const note = left > 0 ? [`[${count(left, 'more line')}: git_changed_files staged=false lists less at a time]`] : []
    return [head, ...shown, ...note].join('\n')

    async function listUntracked(): Promise<string[]> {
      const args = ['ls-files', '-o', '--exclude-standard', '-z', '--', gitPath(context, '.')]
      const output = await git.run(args, { maxBytes: listBytes, clip: true })
      const paths = output.split('\0').slice(0, -1)
      return [...(await findVisible(context, paths)).values()]
    }
  },
})

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)]
}
