import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { knownModels, recommend } from '../src/engines/known-models.ts'
import { neededBytes, sizeText, usualWindow } from '../src/engines/memory.ts'

const root = join(import.meta.dirname, '..')
const pages = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md'].concat(
  readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
)
/** What the program itself tells people to type. */
const words = readdirSync(join(root, 'src/doors'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('src/doors', name))
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

test('docs/engines.md has the models that the program knows', () => {
  const rows = knownModels.map((model) => {
    const { name, bytes, goodAt, date } = model
    return `| \`${name}\` | ${sizeText(bytes)} | ${sizeText(neededBytes(model, usualWindow))} | ${goodAt} | ${date} |`
  })
  const table = ['| model | download | memory | good at | as of |', '|---|---|---|---|---|', ...rows].join('\n')
  expect(text('docs/engines.md')).toContain(`<!-- known models -->\n\n${table}\n\n<!-- end -->`)
})

test('a model that a page names with its size is one that the program knows', () => {
  const name = /\b(?:codellama|deepseek|devstral|gemma|glm|gpt-oss|granite|llama|mistral|phi|qwen)[\w.-]*:\d[\w.]*b\b/g
  const known = knownModels.map((model) => model.name)
  const strangers = [...pages, ...words].flatMap((page) =>
    (text(page).match(name) ?? []).map((one) => `${page}: ${one}`),
  )
  expect(strangers.filter((one) => !known.some((model) => one.endsWith(`: ${model}`)))).toEqual([])
  expect(known).toContain(recommend().name)
})
