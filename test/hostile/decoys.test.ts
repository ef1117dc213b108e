import { describe, expect, test } from 'vitest'
import type { ChatBody } from '../scripted-ollama/chat-body.ts'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { localBrain } from '../doors/cli/local-brain.ts'
import { ollama, reportOf } from '../doors/cli/ollama.ts'
import { repository } from '../workspace-fixture.ts'

/** A defect, what would mend it, and the places where a change can put that so that it mends nothing. */
type Case = { file: string; before: string; defect: string; quote: string; fix: string; decoys: Record<string, string> }

const typescript: Case = {
  file: 'src/a.ts',
  before: 'export const one = 1\n',
  defect: 'export function nameOf(user: User | null) {\n  return user.name.trim()\n}\n',
  quote: 'return user.name.trim()',
  fix: "if (user === null) return ''",
  decoys: {
    'a comment': "// if (user === null) return ''\n",
    'a block comment': "/*\nif (user === null) return ''\n*/\n",
    'a template string': "export const help = `\nif (user === null) return ''\n`\n",
    'a string': 'export const help =\n  "if (user === null) return \'\'"\n',
    'another function': "function unused(user: User | null) {\n  if (user === null) return ''\n}\n",
    'a branch that never runs': "if (1 > 2) {\n  if (user === null) return ''\n}\n",
    'JSX text': "export const view = (\n  <p>\n    if (user === null) return ''\n  </p>\n)\n",
  },
}

const python: Case = {
  file: 'src/a.py',
  before: 'one = 1\n',
  defect: 'def name_of(user):\n    return user.name.strip()\n',
  quote: 'return user.name.strip()',
  fix: "if user is None: return ''",
  decoys: {
    'a comment': "# if user is None: return ''\n",
    'a docstring': '"""\nif user is None: return \'\'\n"""\n',
    'a raw string': 'help = r"""\nif user is None: return \'\'\n"""\n',
    'another function': "def unused(user):\n    if user is None: return ''\n",
    'a branch that is switched off': "if False:\n    if user is None: return ''\n",
    'a type that is only checked': "if TYPE_CHECKING:\n    if user is None: return ''\n",
  },
}

const go: Case = {
  file: 'src/a.go',
  before: 'package a\n\nvar one = 1\n',
  defect: 'func nameOf(user *User) string {\n\treturn strings.TrimSpace(user.Name)\n}\n',
  quote: 'return strings.TrimSpace(user.Name)',
  fix: 'if user == nil { return "" }',
  decoys: {
    'a comment': '// if user == nil { return "" }\n',
    'a block comment': '/*\nif user == nil { return "" }\n*/\n',
    'a raw string': 'var help = `\nif user == nil { return "" }\n`\n',
    'another function': 'func unused(user *User) string {\n\tif user == nil { return "" }\n}\n',
  },
}

function reviewerOf({ quote, fix }: Case, severity: string) {
  const found = {
    quote,
    defect: 'null-path',
    title: 'The user may be missing',
    message: 'It fails for a user who was deleted.',
    trigger: 'a user who was deleted',
    severity,
    suggestion: fix,
  }
  return ({ format }: ChatBody) => {
    if (format === undefined) return reply.text('It happens as claimed.')
    const isVerdict = JSON.stringify(format).includes('"verdict"')
    return reply.json(isVerdict ? { evidence: quote, verdict: 'real' } : { analysis: '', findings: [found] })
  }
}

async function review(one: Case, text: string, severity: string) {
  const folder = repository({ [one.file]: one.before })
  folder.write(one.file, `${one.before}\n${text}`)
  folder.git('add', '-A')
  const server = await ollama(reviewerOf(one, severity))
  const args = ['--git-diff', '-s', 'code-review', '--fail-on', 'high', '--format', 'json']
  const run = await localBrain(args, { cwd: folder.root, host: server.url })
  return { code: run.code, kept: reportOf(run).findings?.map(({ severity: as, quote }) => `${as} ${quote.trim()}`) }
}

describe.each(Object.entries({ typescript, python, go }))('in %s a true finding stays, and fails the job', (_, one) => {
  const decoys = Object.entries(one.decoys).flatMap(([name, text]) => [
    [`${name} before it`, `${text}\n${one.defect}`] as const,
    // Where it stands changes little: the comments and the functions try it.
    ...(/comment|function/.test(name) ? [[`${name} behind it`, `${one.defect}\n${text}`] as const] : []),
  ])

  test.each(decoys)('with the fix in %s', async (__, text) => {
    expect(await review(one, text, 'high')).toEqual({ code: 1, kept: [`high ${one.quote}`] })
  })

  test('if it is critical, wherever the fix is', async () => {
    const mended = one.defect.replace('\n', `\n    ${one.fix}\n`)
    expect(await review(one, mended, 'critical')).toMatchObject({ code: 1, kept: [expect.stringContaining(one.quote)] })
    // A high one is dropped there: what it asks for is done.
    expect(await review(one, mended, 'high')).toEqual({ code: 0, kept: [] })
  })
})
