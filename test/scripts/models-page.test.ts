import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MeasuredModel, modelsPage } from '../../scripts/bench/models-page.ts'
import { hostile } from '../report/report.ts'
import { createFolder } from '../workspace.ts'

const measured: MeasuredModel = {
  model: 'qwen3:8b',
  toolCalling: 'native',
  writes: 42,
  reads: 900,
  tools: 4,
  toolsOf: 5,
  parsed: 40,
  parsedOf: 40,
  found: 13,
  foundOf: 20,
  alarms: 2,
  alarmsOf: 20,
  tasks: 3,
  tasksOf: 5,
  seconds: 812,
}
const rows = [
  measured,
  { ...measured, model: 'llama3.1:8b', writes: 21, found: 7, alarms: 30, toolCalling: 'recovered' },
  { ...measured, model: 'tiny', writes: null, reads: null, tasks: null, found: 0, tools: 0, parsed: 9 },
]

test('each model has a bar for each measure, with its number', () => {
  const text = modelsPage(rows, '2026-05-01')
  for (const label of ['Bugs found', 'False alarms', 'Structured replies', 'Tool calls', 'Tasks done', 'Speed'])
    expect(text.split(`data-label="${label}"`)).toHaveLength(rows.length + 1)
  const [, first = ''] = text.split('qwen3:8b')
  expect([...first.matchAll(/width:(\d+)%/g)].slice(0, 6).map(([, width]) => width)).toEqual([
    '65',
    '7',
    '100',
    '80',
    '60',
    '100',
  ])
  expect(text).toContain('30 in 20')
  expect(text).toContain('no sandbox')
  expect(text).not.toMatch(/<script|<img|url\(|NaN|undefined/)
})

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file))

describe.skipIf(program === undefined)('in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: program ?? '', args: ['--no-sandbox', '--disable-gpu'] })
  }, 120_000)
  afterAll(() => browser.close())

  test('it fits on a phone, and a name from a hostile server does nothing', async () => {
    const bad = `${hostile}"><img src=x onerror="alert(1)"><script>alert(1)</script>${'x'.repeat(200)}`
    const text = modelsPage([...rows, { ...measured, model: bad, toolCalling: bad }], bad)
    const opened = await browser.newPage({ viewport: { width: 390, height: 800 } })
    const asked: string[] = []
    opened.on('request', (request) => asked.push(request.url()))
    opened.on('dialog', () => asked.push('a dialog'))
    await opened.goto(pathToFileURL(join(createFolder({ 'models.html': text }), 'models.html')).href)
    expect(asked).toHaveLength(1)
    expect(await opened.locator('script, img').count()).toBe(0)
    expect(await opened.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
    const bar = opened.locator('td[data-label="Bugs found"] .bar').first()
    const [outer, inner] = [await bar.boundingBox(), await bar.locator('span').boundingBox()]
    expect((inner?.width ?? 0) / (outer?.width ?? 1)).toBeCloseTo(0.65, 1)
  }, 120_000)
})
