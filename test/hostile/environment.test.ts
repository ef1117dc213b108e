import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { localBrain } from '../doors/cli/local-brain.ts'
import { ollama } from '../doors/cli/ollama.ts'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { gitEnvironment } from '../workspace.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'

test('git sees no variable that the standalone binary sets for itself', async () => {
  const git = execFileSync('which', ['git'], { encoding: 'utf8' }).trim()
  const { root } = temporaryFolder({ git: `#!/bin/sh\nenv >> "$(dirname "$0")/seen"\nexec ${git} "$@"\n` })
  chmodSync(join(root, 'git'), 0o755)
  const folder = repository({ 'a.ts': 'one()\n' })
  folder.write('a.ts', 'two()\n')
  const env = { PATH: `${root}:${gitEnvironment.PATH}` }
  const server = await ollama(() => reply.json({ analysis: 'Fine.', findings: [] }))
  const { code } = await localBrain(['--git-diff'], { cwd: folder.root, host: server.url, env })
  expect({ code, chats: server.requests.length }).toEqual({ code: 0, chats: 1 })
  expect(readFileSync(join(root, 'seen'), 'utf8')).toContain('PATH=')
  expect(readFileSync(join(root, 'seen'), 'utf8')).not.toMatch(/^(?:BUN|JSC)_/m)
})
