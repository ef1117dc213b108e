import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { localBrain } from '../doors/cli/local-brain.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'

// What this holds back is in test/torture/git-size.test.ts.
// Guard: git-memory.
test.skipIf(process.platform !== 'linux')('git may take a gigabyte of memory, and five minutes of work', async () => {
  const { root, git } = repository({ 'a.txt': 'one\n' })
  const pipe = join(temporaryFolder().root, 'pipe')
  execFileSync('mkfifo', [pipe])
  git('config', 'include.path', pipe)
  let limits = ''
  const onStart = async (kill: (signal: NodeJS.Signals) => void) => {
    while ((limits = limitsOfGit(root)) === '') await delay(20)
    kill('SIGINT')
  }
  await localBrain(['--git-diff'], { cwd: root, onStart: (kill) => void onStart(kill) })
  expect(limits).toMatch(/^Max data size +1073741824 +1073741824 /m)
  expect(limits).toMatch(/^Max cpu time +300 +300 /m)
})

function limitsOfGit(folder: string): string {
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const isGit = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0')[0]?.endsWith('/git')
      if (isGit && readlinkSync(`/proc/${id}/cwd`) === folder) return readFileSync(`/proc/${id}/limits`, 'utf8')
    } catch {
      // It ended meanwhile.
    }
  }
  return ''
}
