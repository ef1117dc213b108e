import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const pages = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md'].concat(
  readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
)
const text = (page: string) => readFileSync(join(root, page), 'utf8')
/** Without examples, which may name anything. */
const prose = (page: string) =>
  text(page)
    .replace(/^ *```[^]*?^ *```/gm, '')
    .replace(/`[^`\n]*`/g, '')

test('the index leads to every page', () => {
  const index = text('docs/index.md')
  const left = pages.filter((page) => page.startsWith('docs/') && dirname(page) === 'docs' && page !== 'docs/index.md')
  expect(left.filter((page) => !index.includes(`](${page.slice('docs/'.length)})`))).toEqual([])
  expect(text('README.md')).toContain('docs/index.md')
})

test('every page that is named or linked is there', () => {
  const missing = pages.flatMap((page) => {
    const linked = [...prose(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, to = '']) => {
      return join(dirname(page), to)
    })
    const named = [...prose(page).matchAll(/(?<![\w/.-])docs\/[\w/-]+\.md/g)].map(([name]) => name)
    return [...linked, ...named].filter((to) => !existsSync(join(root, to))).map((to) => `${page}: ${to}`)
  })
  expect(missing).toEqual([])
})
