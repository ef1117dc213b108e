import * as z from 'zod'
import { callText, fitLines, reserved } from './clip.ts'
import { gitOf, gitPath, visiblePath } from './git-changes.ts'
import { defineTool } from '../core/tool.ts'
import { escapeName } from '../text/escape.ts'

export const gitLog = defineTool({
  name: 'git_log',
  description: 'List the latest commits: id, date, author and subject.',
  parameters: z.object({
    count: z.int().min(1).max(200).optional().describe('How many commits, normally 20'),
    path: z.string().optional().describe('Only commits that changed this file or folder'),
  }),
  async run({ count = 20, path }, context) {
    const git = gitOf(context)
    const wanted = path ? await visiblePath(context, path) : '.'
    const head = (await git.run(['rev-parse', '--verify', '--quiet', 'HEAD'], { exitCodes: [1] })).trim()
    if (head === '') return 'No commits yet'
    const args = ['log', `-n${count + 1}`, '--no-color', '--no-decorate', '--date=short', '--format=%h %ad %an: %s']
    const place = gitPath(context, wanted)
    const output = await git.run([...args, head, ...(place === '.' ? [] : ['--', place])])
    const lines = output.split('\n').slice(0, -1)
    if (lines.length === 0) return `No commits changed ${escapeName((await context.workspace.info(wanted)).path)}`
    const { shown } = fitLines(lines.slice(0, count), context.maxChars - reserved)
    if (shown.length === lines.length) return shown.join('\n')
    const next =
      shown.length < count ? { count: shown.length, path: path ?? 'src' } : { count: Math.min(200, count * 2), path }
    return [...shown, `[for older commits: ${callText('git_log', next)}]`].join('\n')
  },
})
