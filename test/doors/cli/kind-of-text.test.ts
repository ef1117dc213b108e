import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { plan, told } from './plan.ts'

const prose = 'This is no program but a text'

/** What a review of one file would be asked. */
async function asked(path: string, text: string) {
  const { root } = temporaryFolder({ [path]: text })
  return told(await plan(['-s', 'code-review', '-f', path], root))
}

describe('what is not known to be prose is asked about as code', () => {
  test.each([
    ['view.erb', '<% if user.admin %>\n  <%= link_to "x", x %>\n<% end %>\n'],
    ['main.bicep', "param location string = 'eu'\n"],
    ['.bashrc', 'alias ll="ls -l"\n'],
    ['query.kql', 'Heartbeat | where Computer == "a"\n'],
    ['Brewfile', 'brew "git"\n'],
    ['bin/deploy', '#!/opt/strange/interpreter\nrun\n'],
    ['notes.txt', '#!/bin/sh\nrm -r "$1"\n'],
    ['requirements.txt', 'flask==1.0\n'],
    ['Account.cls', 'public class Account {\n  public Integer half(Integer a) { return a / 0; }\n}\n'],
    ['analysis.Rmd', '```{r}\nmean(x)\n```\n'],
  ])('%s', async (path, text) => {
    const question = await asked(path, text)
    expect(question).not.toContain(prose)
    expect(question).toContain(`FILE ${path}`)
    expect(question).toContain(text.trim())
  })
})

describe('what is known to be prose is asked about as prose', () => {
  test.each(['README.md', 'guide.rst', 'manual.adoc', 'plan.org', 'notes.txt', 'LICENSE', 'docs/README.de', 'COPYING'])(
    '%s',
    async (path) => {
      expect(await asked(path, 'Press the button, and the door opens.\n')).toContain(prose)
    },
  )
})

test('a class of TeX is told from a class of Apex by what stands in it', async () => {
  const { root } = temporaryFolder({
    'letter.cls': '\\NeedsTeXFormat{LaTeX2e}\n\\ProvidesClass{letter}\n',
    'Account.cls': 'public class Account {}\n',
    'language.yaml': 'name: language\ndescription: x\nuser_prompt_template: "{{ filename }} is {{ language }}"\n',
  })
  const names = await plan(['-s', './language.yaml', '-f', 'letter.cls,Account.cls'], root)
  expect(told(names).split('\n')).toEqual(['Account.cls is code', 'letter.cls is tex'])
})

describe('piped text is classed by what stands in it', () => {
  const asks = async (text: string, ...args: string[]) =>
    told(await plan(['-s', 'code-review', ...args], temporaryFolder().root, text))

  test.each([
    'export function half(a) {\n  return a.b / c\n}\n',
    'SELECT name FROM users WHERE id = 1\n',
    'name: build\non: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n',
    'if user is admin then\n  erase everything\nend\n',
    'FROM node:20\nRUN npm ci\nCMD ["node", "a.js"]\n',
    'def half(a):\n    """Return the half of it. It has to be a number."""\n    return a / 2\n',
    'key = value\nother = 1\n',
  ])('code: %j', async (text) => {
    expect(await asks(text)).not.toContain(prose)
  })

  test.each([
    'The button opens the door. Press it twice, and the door is shut.\n',
    '# Guide\n\nPress the button, and the door opens.\n\n- It is red.\n- It is round.\n',
    'Install it so:\n\n```sh\nnpm ci && npm test\n```\n\nThen the program is there, and you can start it.\n',
  ])('prose: %j', async (text) => {
    expect(await asks(text)).toContain(prose)
    expect(await asks(text, '--kind', 'code')).not.toContain(prose)
  })
})

test('piped bytes that are not valid in their encoding are told as those of a file are', async () => {
  const { root } = temporaryFolder()
  const latin = Buffer.from("print('caf\u00e9')\n", 'latin1')
  const told = await localBrain(['-s', 'code-review', '--dry-run'], { cwd: root, stdin: latin })
  expect(told.stdout + told.stderr).toContain('"<stdin>" is not valid UTF-8: broken bytes are shown as U+FFFD')
  const wide = Buffer.from("\ufeffprint('caf\u00e9')\n", 'utf16le')
  const planned = await plan(['-s', 'code-review'], root, wide)
  expect(planned).toMatchObject({ warnings: [], units: [{ path: '<stdin>' }] })
})
