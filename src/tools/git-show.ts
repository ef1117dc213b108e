import * as z from 'zod'
import type { Git } from '../workspace/git/git.ts'
import { callText, fitLines } from './clip.ts'
import { gitOf, visiblePath } from './git-changes.ts'
import { showPatch } from './git-patch.ts'
import { defineTool } from '../core/tool.ts'
import { escapeName } from '../text/escape.ts'

/** The part of a result that a commit message may take. */
const messageShare = 1 / 4

export const gitShow = defineTool({
  name: 'git_show',
  description: 'Show one commit: its message and what it changed.',
  parameters: z.object({
    revision: z.string().describe('The commit, such as HEAD~1 or an id of git_log'),
    path: z.string().optional().describe('Only what it changed in this file or folder'),
  }),
  async run({ revision, path }, context) {
    const { maxChars } = context
    const git = gitOf(context)
    const wanted = path ? await visiblePath(context, path) : '.'
    const id = await git.resolve(revision)
    // Not show: even when it is to show nothing else, it compares the whole commit.
    const message = await git.run(['log', '-n1', '--no-color', '--format=%h %ad %an%n%B', '--date=short', id])
    const parents = await parentsOf(git, id)
    const parent = parents[0] ?? (await git.run(['hash-object', '-t', 'tree', '/dev/null'])).trim()
    const head = fitLines(message.trimEnd().split('\n'), maxChars * messageShare).shown
    if (!(await isThere(git, parent)))
      return [...head, '', 'Its changes are not known: the commit before it is not in this clone'].join('\n')
    const name = `changed by ${id.slice(0, 12)}${parents.length > 1 ? ', a merge, compared with its first parent' : ''}`
    const again = (file: string) => callText('git_show', { revision, path: file })
    const room = { ...context, maxChars: maxChars - head.join('\n').length }
    const patch = await showPatch(room, { scope: { name, sides: [parent, id], past: true }, path: wanted, again })
    return [...head, '', ...(patch ?? [`Nothing${wanted === '.' ? '' : ` in ${escapeName(wanted)}`} ${name}`])].join(
      '\n',
    )
  },
})

/** Reads the parents from the commit itself, since git would take a graft or a shallow file into account. */
async function parentsOf(git: Git, id: string): Promise<string[]> {
  const [header = ''] = (await git.run(['cat-file', 'commit', id])).split('\n\n', 1)
  return [...header.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, parent = '']) => parent)
}

async function isThere(git: Git, id: string): Promise<boolean> {
  return !(await git.run(['cat-file', '--batch-check'], { input: `${id}\n` })).trimEnd().endsWith(' missing')
}
