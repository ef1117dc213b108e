import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../workspace-fixture.ts'
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
