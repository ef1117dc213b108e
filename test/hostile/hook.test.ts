import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { git as gitAsync, hooked } from '../doors/hooks/hook-run.ts'
import { temporaryFolder } from '../workspace-fixture.ts'

const bug = (name: string) => `export const ${name} = 3 // BUG ${name}\n`

/** What a review of a commit has seen, and what the commit then holds. */
async function reviewed(
  folder: Awaited<ReturnType<typeof hooked>>,
  cwd: string,
  args: string[],
  before: string[] = [],
) {
  const done = await gitAsync(cwd, [...before, 'commit', '-q', '-m', 'change', ...args], folder.env)
  const seen = [...folder.shown().matchAll(/BUG (\w+)/g)].map(([, name = '']) => name).sort()
  const committed = await gitAsync(cwd, ['show', '--format=', 'HEAD'], folder.env)
  const held = [...committed.stdout.matchAll(/^\+.*BUG (\w+)/gm)].map(([, name = '']) => name).sort()
  return { code: done.code, seen: [...new Set(seen)], held }
}

const files = { 'src/a.ts': 'export const a = 1\n', 'src/b.ts': 'export const b = 1\n' }

// What is committed is what was reviewed, however the commit is made.
test.each<[string, string[], string[]]>([
  ['with commit', [], ['staged']],
  ['with commit -a', ['-a'], ['staged', 'unstaged']],
  ['with named paths', ['src/b.ts'], ['unstaged']],
  ['with --amend', ['--amend'], ['staged']],
  ['with settings of the command line', [], ['staged']],
])('a commit is reviewed as it is made: %s', async (how, args, names) => {
  const folder = await hooked({ files })
  folder.write('src/a.ts', bug('staged'))
  folder.git('add', '-A')
  folder.write('src/b.ts', bug('unstaged'))
  const before = how.includes('settings') ? ['-c', 'core.bigFileThreshold=1'] : []
  const { code, seen, held } = await reviewed(folder, folder.root, args, before)
  expect({ code, seen }).toEqual({ code: 0, seen: names })
  expect(held).toEqual(names)
})

test('a commit is reviewed as it is made: in a folder of a linked work tree', async () => {
  const folder = await hooked({ files })
  const linked = join(temporaryFolder().root, 'linked')
  folder.git('worktree', 'add', '-q', linked, '-b', 'side')
  await gitAsync(linked, ['rm', '-q', 'src/b.ts'], folder.env)
  writeFileSync(join(linked, 'src/a.ts'), bug('linked'))
  folder.write('src/a.ts', bug('other'))
  expect(await reviewed(folder, join(linked, 'src'), ['-a'])).toEqual({ code: 0, seen: ['linked'], held: ['linked'] })
})

test('a commit is reviewed as it is made: the first of a repository', async () => {
  const folder = await hooked()
  folder.git('checkout', '-q', '--orphan', 'fresh')
  folder.write('src/a.ts', bug('first'))
  folder.git('add', '-A')
  expect(await reviewed(folder, folder.root, [])).toEqual({ code: 0, seen: ['first'], held: ['first'] })
})
