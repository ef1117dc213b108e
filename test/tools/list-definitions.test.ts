import { expect, test } from 'vitest'
import { told } from '../tools.ts'
import { createFolder } from '../workspace.ts'

test('a file is outlined by depth, with line ranges', async () => {
  const root = createFolder({
    'a.py': 'class A:\n    def go(self, n: int) -> str:\n        pass\n\ndef main(): pass\n',
  })
  expect(await told(root, ['list_definitions', { path: 'a.py' }])).toBe(
    'a.py: 3 definitions\n1-3 class A\n  2-3 def go(self, n: int) -> str\n5-5 def main()',
  )
})

test('a script is known by its first line', async () => {
  const root = createFolder({ 'bin/tool': '#!/usr/bin/env node\nfunction main() {}\n' })
  expect(await told(root, ['list_definitions', { path: 'bin/tool' }])).toContain('2-2 function main()')
})

test('a language without a grammar leads to the file', async () => {
  const root = createFolder({ 'a.sql': 'select 1', 'b.ts': '// nothing' })
  expect(await told(root, ['list_definitions', { path: 'a.sql' }])).toBe(
    'Cannot list the definitions in sql files; read_file path="a.sql" shows the file',
  )
  expect(await told(root, ['list_definitions', { path: 'b.ts' }])).toBe(
    'No definitions in b.ts; read_file path="b.ts" shows the file',
  )
})

test('a long outline says where to read on', async () => {
  const functions = Array.from({ length: 100 }, (_, index) => `func number${index}() {}\n`).join('')
  const root = createFolder({ 'a.go': `package a\n${functions}` })
  const result = await told(root, ['list_definitions', { path: 'a.go' }], { maxChars: 1000 })
  expect(result.length).toBeLessThanOrEqual(1000)
  const [, rest, offset] = /\[(\d+) more: read_file path="a.go" offset=(\d+)\]$/.exec(result) ?? []
  expect(Number(rest) + Number(offset)).toBe(102)
})
