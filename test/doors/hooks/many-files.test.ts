import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { firstQuestions, git as gitAsync, hooked, lastReport } from './hook-run.ts'
import { gitEnvironment } from '../../workspace.ts'

const files = 3000
/** Of 17 lines each. */
const plain = (n: number) => Array.from({ length: 17 }, (_, line) => `export const v${n}_${line} = ${n}\n`).join('')
const harmful = 'export const login = (token) => exec(`select ${token}`)\n'

/** Could do harm; where they stand, and in the middle of so many, says nothing of it. */
const risky = ['src/d7/f2107.ts', 'src/d29/f2999.ts']
/** Could as well, and can wait. */
const aside = 'src/d0/f0.test.ts'

/** Stages files that need not lie in the working tree, without the time that writing them would take. */
function stage(root: string, staged: Map<string, string>) {
  const parts = ['commit refs/heads/staged\ncommitter A <a@example.com> 0 +0000\ndata 0\n']
  for (const [path, text] of staged) parts.push(`M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}`)
  const call = { cwd: root, env: gitEnvironment }
  execFileSync('git', ['fast-import', '--quiet'], { ...call, input: parts.join('\n') })
  execFileSync('git', ['read-tree', 'staged'], call)
}

// Scenario 17.
test('of 3,000 files and 50,000 lines the riskiest are asked about, the others named, and the time is kept', {
  timeout: 60_000,
}, async () => {
  let asked = 0
  const answers = () => ((asked += 1) > 3 ? reply.silent() : reply.json({ analysis: '', findings: [] }))
  const { root, git, env, server } = await hooked({ options: ['--timeout', '9'], script: answers })
  const staged = new Map(Array.from({ length: files }, (_, n) => [`src/d${n % 30}/f${n}.ts`, plain(n)]))
  for (const path of risky) staged.set(path, plain(0) + harmful)
  staged
    .set(aside, plain(0).repeat(5) + harmful)
    .set('package-lock.json', '{}\n')
    .set('dist/gone.min.js', `!${'function(a,b){return a+b};'.repeat(9)}\n`)
  stage(root, staged)
  const listed = git('diff', '--cached', '--name-only', '-z').split('\0').filter(Boolean)
  const done = await gitAsync(root, ['commit', '-q', '-m', 'many'], env)

  expect(done.code).toBe(0)
  const questions = firstQuestions(server.requests)
  expect(risky.filter((path) => questions.slice(0, 2).join().includes(path))).toEqual(risky)
  expect(questions.join()).not.toContain(aside)
  expect(questions).toHaveLength(4)
  expect(server.cancellations).toBe(1)

  expect(done.stderr).toMatch(/^local-brain: No findings .* 3 of \d+ parts reviewed/)
  expect(done.stderr).toMatch(/^Not reviewed: src\/\S+.* \(the time limit was reached\)$/m)
  expect(done.stderr).toMatch(/^Not reviewed: .* and \d{4} more \(only the first 8 parts are reviewed here\)$/m)
  expect(done.stderr).toMatch(/^All that was not reviewed: local-brain last --format json$/m)
  expect(done.stderr).toMatch(/^Not reviewed: dist\/gone\.min\.js \(minified\)$/m)
  expect(done.stderr).toMatch(/^Not reviewed: package-lock\.json \(lock file\)$/m)
  expect(done.stderr.split('\n').length).toBeLessThan(30)

  const { reviewed, notReviewed, usage } = await lastReport(root, env)
  const told = new Set([...reviewed, ...notReviewed].map(({ path }) => path))
  expect([...told].sort()).toEqual(listed.sort())
  // Each part once: what is reviewed is not named as left out.
  expect(reviewed.length + notReviewed.length).toBe(listed.length)
  expect(usage.totalMs).toBeLessThan(11_000)
})
