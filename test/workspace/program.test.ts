import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findProgram, outsidePath } from '../../src/workspace/program.ts'
import { createFolder } from '../workspace.ts'

/** A program that is there and may be started. */
function program(path: string): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '#!/bin/sh\n')
  chmodSync(path, 0o755)
  return path
}

/** A repository beside a folder of the system's, each with the program `tool`. */
function machine() {
  const outside = createFolder()
  const repository = join(outside, 'repository')
  const theirs = program(join(repository, 'bin/tool'))
  const system = program(join(outside, 'usr/bin/tool'))
  return { outside, repository, theirs, system, bin: dirname(system) }
}

const found = (folder: string, entries: string[]) => findProgram('tool', entries.join(':'), [folder]).path

describe('a program is never one that the repository could have put there', () => {
  test.each<[string, (place: ReturnType<typeof machine>) => string]>([
    ['a folder of the repository', ({ repository }) => join(repository, 'bin')],
    ['the repository itself', ({ repository }) => repository],
    ['a relative folder', () => 'bin'],
    ['the current folder', () => '.'],
    ['nothing, which means the current folder', () => ''],
    ['its node_modules/.bin', ({ repository }) => dirname(program(join(repository, 'node_modules/.bin/tool')))],
    ['node_modules/.bin above it', ({ outside }) => dirname(program(join(outside, 'node_modules/.bin/tool')))],
    ['another way to write its folder', ({ outside }) => `${outside}/usr/../repository/./bin/`],
    [
      'a link outside that leads into it',
      ({ outside, repository }) => {
        symlinkSync(join(repository, 'bin'), join(outside, 'link'))
        return join(outside, 'link')
      },
    ],
    [
      'a link inside that leads out of it',
      ({ repository, bin }) => {
        symlinkSync(bin, join(repository, 'link'))
        return join(repository, 'link')
      },
    ],
    [
      'a link outside to a link inside that leads out again',
      ({ outside, repository, bin }) => {
        symlinkSync(bin, join(repository, 'inner'))
        symlinkSync('repository/inner', join(outside, 'outer'))
        return join(outside, 'outer')
      },
    ],
    [
      'a program outside that is a link to one inside',
      ({ outside, theirs }) => {
        mkdirSync(join(outside, 'opt'))
        symlinkSync(theirs, join(outside, 'opt/tool'))
        return join(outside, 'opt')
      },
    ],
    ['the same letters in another case', ({ outside }) => dirname(program(join(outside, 'Repository/bin/tool')))],
  ])('%s', (_, entry) => {
    const place = machine()
    const first = entry(place)
    expect(found(place.repository, [first, place.bin])).toBe(place.system)
    expect(found(place.repository, [first])).toBeUndefined()
  })

  test('nor does what git starts look there', () => {
    const { repository, bin } = machine()
    const entries = [join(repository, 'bin'), bin, 'bin', '', '/nowhere/node_modules/.bin', '/usr/bin']
    expect(outsidePath(entries.join(':'), [repository])).toBe(`${bin}:/usr/bin`)
  })

  test('what was passed over is told', () => {
    const { repository, theirs } = machine()
    expect(findProgram('tool', dirname(theirs), [repository])).toEqual({ path: undefined, refused: theirs })
  })
})

describe('the first one outside is taken', () => {
  test('also through links, as package managers make them', () => {
    const { outside, repository, system } = machine()
    mkdirSync(join(outside, 'profile'))
    symlinkSync(system, join(outside, 'profile/tool'))
    expect(found(repository, [join(outside, 'profile')])).toBe(join(outside, 'profile/tool'))
  })

  test('a folder whose name only begins like the repository is outside', () => {
    const { outside, repository } = machine()
    const beside = program(join(outside, 'repository-tools/tool'))
    expect(found(repository, [dirname(beside)])).toBe(beside)
  })

  test('what cannot be started is no program', () => {
    const { outside, repository, bin, system } = machine()
    mkdirSync(join(outside, 'a/tool'), { recursive: true })
    mkdirSync(join(outside, 'b'))
    writeFileSync(join(outside, 'b/tool'), '')
    expect(found(repository, [join(outside, 'a'), join(outside, 'b'), bin])).toBe(system)
  })

  test('links that lead in a circle are none', () => {
    const { outside, repository, bin, system } = machine()
    symlinkSync('tool', join(outside, 'tool'))
    expect(found(repository, [outside, bin])).toBe(system)
  })
})

// root can look into every folder.
test.skipIf(process.getuid?.() === 0)('an entry that cannot be looked into is passed over', () => {
  const { outside, system } = machine()
  const closed = join(outside, 'closed')
  program(join(closed, 'bin/tool'))
  chmodSync(closed, 0o000)
  const entries = [join(closed, 'bin'), dirname(system)]
  expect(found(join(outside, 'elsewhere'), entries)).toBe(system)
  expect(outsidePath(entries.join(':'), [join(outside, 'elsewhere')])).toBe(dirname(system))
  chmodSync(closed, 0o755)
})
