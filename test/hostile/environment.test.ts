import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { localBrain } from '../doors/cli/local-brain.ts'
import { gitEnvironment } from '../workspace.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'

test('git sees no variable that the standalone binary sets for itself', async () => {
  const git = execFileSync('which', ['git'], { encoding: 'utf8' }).trim()
  const { root } = temporaryFolder({ git: `#!/bin/sh\nenv >> "$(dirname "$0")/seen"\nexec ${git} "$@"\n` })
  chmodSync(join(root, 'git'), 0o755)
  const folder = repository({ 'a.ts': 'one()\n' })
  folder.write('a.ts', 'two()\n')
  const env = { PATH: `${root}:${gitEnvironment.PATH}` }
  const { code, stdout } = await localBrain(['--git-diff', '--dry-run'], { cwd: folder.root, env })
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('two()') })
  expect(readFileSync(join(root, 'seen'), 'utf8')).toContain('PATH=')
  expect(readFileSync(join(root, 'seen'), 'utf8')).not.toMatch(/^(?:BUN|JSC)_/m)
})
