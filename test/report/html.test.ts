import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, type Page, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { selectReporter } from '../../src/report/index.ts'
import { finding } from '../tasks/findings/unit.ts'
import { createFolder } from '../workspace.ts'
import { hostile, reportOf } from './report.ts'

const page = (change: Parameters<typeof reportOf>[0]) => selectReporter('html')(reportOf(change), '/home/me/project')

const findings = [
  finding({ id: 'a', severity: 'high', path: 'src/a.ts', rule: 'bug/wrong-result', title: 'The limit is too low' }),
  finding({ id: 'b', severity: 'low', path: 'src/b.py', rule: 'bug/leak', quote: 'return "x"', title: 'It leaks' }),
]

test('a page is one file: nothing in it can be loaded from elsewhere, and nothing in it runs', async () => {
  const text = await page({ findings })
  expect(text).toContain("default-src 'none'; style-src 'unsafe-inline'")
  expect(text).not.toMatch(/<script|<img|<link|<iframe|@import|url\(|javascript:/i)
})

test('each finding has its place, its code and what to do', async () => {
  const text = await page({
    findings: [finding({ path: 'src/a.ts', startLine: 5, quote: 'const a = 1', suggestion: 'const a = 2' })],
  })
  expect(text).toContain('<a href="vscode://file/home/me/project/src/a.ts:5">src/a.ts:5</a>')
  expect(text).toContain('<span class="keyword">const</span> a = <span class="number">1</span>')
  expect(text).toContain('<b>Instead</b>')
})

test('of a written task, which has no input besides itself, it does not say that nothing was looked at', async () => {
  const task = { findings: null, reviewed: [], answer: 'Verdict: done' }
  expect(await page({ ...task, scope: { kind: 'spec', base: null, root: '.' } })).not.toContain('What was looked at')
  expect(await page(task)).toContain('What was looked at')
})

test('an answer in prose is its Markdown, without pictures and without HTML', async () => {
  const text = await page({
    findings: null,
    answer:
      '# It is 30\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![x](https://a.example/p) <img src=x> [k](https://a.example/q)\n',
  })
  expect(text).toContain('<h1>It is 30</h1>')
  expect(text).toContain('<td>1</td>')
  expect(text).not.toContain('<img')
  expect(text).not.toMatch(/<a href="https:\/\/a\.example/)
})

test('an answer in plain text is that text', async () => {
  const text = await page({ findings: null, answerFormat: 'text', answer: 'fix: return List<User>\n\n*not* emphasis' })
  expect(text).toContain('<pre>fix: return List&lt;User&gt;\n\n*not* emphasis</pre>')
})

test('what was not looked at is named with its reason', async () => {
  const notReviewed = [
    { path: 'src/big.ts', startLine: 3, endLine: 9, reason: 'the time limit was reached', gap: true },
  ]
  expect(await page({ findings: [], notReviewed })).toContain('<li>src/big.ts:3-9: the time limit was reached</li>')
})

test('changes show their files and their diff', async () => {
  const change = {
    path: '.husky/pre-commit',
    kind: 'modify' as const,
    added: 1,
    removed: 1,
    binary: false,
    mode: '100755',
    sensitive: true,
    outsideTargets: false,
    by: 'tool' as const,
    sha256Before: null,
    sha256After: null,
  }
  const text = await page({
    findings: null,
    answer: 'Done.',
    changes: [change],
    patch: 'diff --git a/x b/x\n@@ -1 +1 @@\n-<b>\n+<i>\n',
    proposal: { id: '1', applied: false, branch: null },
  })
  expect(text).toContain('modify .husky/pre-commit <b class="problem">runs by itself</b>')
  expect(text).toContain('<span class="removed">-&lt;b&gt;</span>')
})

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  existsSync(file),
)

describe.skipIf(program === undefined)('in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: program ?? '', args: ['--no-sandbox', '--disable-gpu'] })
  }, 120_000)
  afterAll(() => browser.close())

  /** The page as somebody sees it who opens the file; `asked`: every address it tried to load. */
  async function open(text: string): Promise<{ page: Page; asked: string[] }> {
    const opened = await browser.newPage({ viewport: { width: 400, height: 800 } })
    const asked: string[] = []
    opened.on('request', (request) => asked.push(request.url()))
    opened.on('dialog', () => asked.push('a dialog'))
    await opened.goto(pathToFileURL(join(createFolder({ 'report.html': text }), 'report.html')).href)
    return { page: opened, asked }
  }

  test('a filter hides what it is about, and shows it again', async () => {
    const { page: opened } = await open(await page({ findings }))
    const titles = () => opened.locator('article:visible h3').allInnerTexts()
    expect(await titles()).toEqual(['high The limit is too low', 'low It leaks'])
    await opened.getByLabel('high').uncheck()
    expect(await titles()).toEqual(['low It leaks'])
    expect(await opened.locator('main section:visible h2').allInnerTexts()).toEqual(['src/b.py'])
    await opened.getByLabel('high').check()
    await opened.getByLabel('src/b.py').uncheck()
    expect(await titles()).toEqual(['high The limit is too low'])
    await opened.getByLabel('src/b.py').check()
    await opened.getByLabel('bug/wrong-result').uncheck()
    expect(await titles()).toEqual(['low It leaks'])
  }, 120_000)

  test('it fits on a phone', async () => {
    const { page: opened } = await open(
      await page({ findings: [finding({ quote: 'x'.repeat(500), title: 'y'.repeat(300) })] }),
    )
    expect(await opened.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400)
  }, 120_000)

  test('text from a hostile repository or model does nothing', async () => {
    const bad = `${hostile}</code></pre><script>alert(1)</script><img src="https://a.example/x" onerror="alert(1)">"'><a href="javascript:alert(1)">`
    const { page: opened, asked } = await open(
      await page({
        skill: bad,
        findings: [
          finding({
            id: 'a',
            path: bad,
            title: bad,
            message: bad,
            quote: bad,
            rule: bad,
            trigger: bad,
            suggestion: bad,
          }),
          ...findings,
        ],
        notReviewed: [{ path: bad, reason: bad, gap: true }],
        warnings: [bad],
        error: { code: 'bug', message: bad },
      }),
    )
    expect(asked).toHaveLength(1)
    expect(await opened.locator('script, img, iframe, a:not([href^="vscode://file/"])').count()).toBe(0)
  }, 120_000)
})
