import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemWords, unreadableFile, wordsAndPlace, writingWords } from '../../src/text/system-words.ts'
import { createFolder } from '../workspace.ts'

function errorOf(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('it went well')
}

test('what a system says in codes is put in words, without the path', () => {
  const folder = createFolder({ 'a.txt': 'a\n' })
  symlinkSync('loop', join(folder, 'loop'))
  const reading = (name: string) => errorOf(() => readFileSync(join(folder, name)))
  expect(systemWords(reading('none'))).toBe('it does not exist')
  expect(systemWords(reading('.'))).toBe('it is a folder')
  expect(systemWords(reading('a.txt/b'))).toBe('a part of its path is not a folder')
  expect(systemWords(reading('loop'))).toBe('its links lead in a circle')
  expect(systemWords(reading('x'.repeat(300)))).toBe('its name is too long')
  expect(unreadableFile('none', reading('none'))).toBe('File "none" does not exist')
  expect(unreadableFile('loop', reading('loop'))).toBe('"loop" could not be read: its links lead in a circle')
  expect(writingWords(errorOf(() => writeFileSync(join(folder, 'none/b'), '')))).toBe('its folder does not exist')
  const place = join(folder, 'none/c')
  expect(wordsAndPlace(errorOf(() => writeFileSync(place, '')))).toBe(`its folder does not exist ("${place}")`)
  expect(writingWords(errorOf(() => mkdirSync(join(folder, 'a.txt'))))).toBe('it exists already')
})

test('a code without words of its own loses what Node puts around it, and words stay as they are', () => {
  const odd = Object.assign(new Error("EMLINK: too many links, link 'a' -> 'b'"), { code: 'EMLINK' })
  expect(systemWords(odd)).toBe('too many links')
  expect(systemWords(new Error('it is larger than 64 kB'))).toBe('it is larger than 64 kB')
})
