import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { gitEnvironment } from '../../workspace.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'
import { left, lookedAt, plan, told } from './plan.ts'

const review = ['-s', 'code-review']
const before = 'const a = read()\nwrite(a)\n'
const after = 'const a = read()\nevaluate(a)\nwrite(a)\n'

/** A repository in which `src/a.js` gains its second line, not staged. */
function changed() {
  const folder = repository({ 'src/a.js': before, 'src/b.js': 'b()\n' })
  folder.write('src/a.js', after)
  return folder
}

/** What a command prints, also one that ends with 1 to say that there are differences. */
function output(cwd: string, command: string, args: string[]): string {
  try {
    return execFileSync(command, args, { cwd, env: gitEnvironment, encoding: 'utf8' })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

const finding = {
  quote: 'evaluate(a)',
  defect: 'injection',
  title: 'it runs what it reads',
  message: 'Text from outside is run.',
  trigger: 'any text',
  severity: 'high',
  suggestion: '',
}

test('a diff that is piped in is reviewed as the diff that it is', async () => {
  const { root, git } = changed()
  const server = await ollama([reply.json({ analysis: '', findings: [finding] })])
  const args = [...review, '--no-verify-findings', '--format', 'json']
  const run = await localBrain(args, { cwd: root, host: server.url, stdin: git('diff') })
  const report = reportOf(run)
  expect(report.scope.kind).toBe('stdin')
  expect(report.findings).toMatchObject([{ path: 'src/a.js', startLine: 2, anchor: 'added', quote: 'evaluate(a)' }])
  expect(report.reviewed).toMatchObject([{ path: 'src/a.js', startLine: 1, endLine: 3 }])
  expect(server.requests[0]?.messages.at(-1)?.content).toContain('This is a change.')
})

describe('whatever made the patch, its file and its lines are named as they are', () => {
  const git =
    (...args: string[]) =>
    ({ root }: { root: string }) =>
      output(root, 'git', args)
  const commit =
    (...args: string[]) =>
    (folder: ReturnType<typeof changed>) => {
      folder.git('commit', '-q', '-a', '-m', 'evaluate what is read', '-m', '- a list\n+ with marks')
      return output(folder.root, 'git', args)
    }
  const plain = () => {
    const { root } = temporaryFolder({ 'old/src/a.js': before, 'new/src/a.js': after })
    return output(root, 'diff', ['-ru', 'old', 'new'])
  }
  test.each<[string, (folder: ReturnType<typeof changed>) => string]>([
    ['git diff', git('diff')],
    ['without prefixes', git('diff', '--no-prefix')],
    ['with the names of the sides', git('-c', 'diff.mnemonicPrefix=true', 'diff')],
    ['with prefixes of its own', git('diff', '--src-prefix=old/', '--dst-prefix=new/')],
    ['in colours', git('diff', '--color=always')],
    [
      'in colours of its own',
      git('-c', 'color.diff.new=bold red', 'diff', '--color=always', '--ws-error-highlight=all'),
    ],
    ['without context', git('diff', '-U0')],
    ['with all of the file', git('diff', '-U9999')],
    ['with statistics', git('diff', '--stat', '--summary', '-p')],
    ['with raw lines', git('diff', '--raw', '--numstat', '-p')],
    ['git show', commit('show')],
    ['git log', commit('log', '-p', '-1')],
    ['git log in a line', commit('log', '-p', '--oneline', '-1')],
    ['git format-patch', commit('format-patch', '--stdout', '-1')],
    ['diff -ru', plain],
    ['Windows line ends', ({ root }) => output(root, 'git', ['diff']).replaceAll('\n', '\r\n')],
    ['empty lines without their blank', ({ root }) => output(root, 'git', ['diff']).replaceAll('\n \n', '\n\n')],
    [
      'Subversion',
      () =>
        `Index: src/a.js\n${'='.repeat(67)}\n--- src/a.js\t(revision 5)\n+++ src/a.js\t(working copy)\n@@ -1,2 +1,3 @@\n const a = read()\n+evaluate(a)\n write(a)\n`,
    ],
    [
      'Mercurial',
      () =>
        'diff -r 1f2e3d4c5b6a src/a.js\n--- a/src/a.js\tThu Jan 01 00:00:00 1970 +0000\n+++ b/src/a.js\tThu Jan 01 00:00:01 1970 +0000\n@@ -1,2 +1,3 @@\n const a = read()\n+evaluate(a)\n write(a)\n',
    ],
    [
      'no header but the names',
      () => '--- a/src/a.js\n+++ b/src/a.js\n@@ -1,2 +1,3 @@\n const a = read()\n+evaluate(a)\n write(a)\n',
    ],
    [
      'a patch of Debian',
      () =>
        'Description: evaluate\n More of it.\nAuthor: A <a@example.com>\n---\n--- a/src/a.js\n+++ b/src/a.js\n@@ -1,2 +1,3 @@\n const a = read()\n+evaluate(a)\n write(a)\n',
    ],
  ])('%s', async (_, patch) => {
    const planned = await plan(review, temporaryFolder().root, patch(changed()))
    expect(lookedAt(planned)).toEqual(['src/a.js'])
    expect(told(planned)).toMatch(/^\+ +2 \| evaluate\(a\)$/m)
    expect(left(planned)).toEqual([])
  })
})

describe('names in a patch', () => {
  test.each<[string, string[], string]>([
    ['a name with blanks and signs', ['mv', 'src/a.js', 'src/über uns.js'], 'src/über uns.js'],
    ['a folder that is called like a prefix', ['mv', 'src', 'a'], 'a/a.js'],
  ])('%s', async (_, move, path) => {
    const folder = repository({ 'src/a.js': before })
    folder.git(...move)
    folder.git('commit', '-q', '-m', 'move')
    folder.write(path, after)
    for (const args of [['diff'], ['diff', '--no-prefix']]) {
      expect(lookedAt(await plan(review, folder.root, folder.git(...args)))).toEqual([path])
    }
  })

  test('new, gone, renamed and binary files', async () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line(${index})\n`).join('')
    const folder = repository({
      'old.js': lines,
      'gone.js': 'gone()\n',
      'pure.js': `pure\n${lines}`,
      'run.sh': 'run\n',
    })
    folder.git('mv', 'old.js', 'new.js')
    folder.git('mv', 'pure.js', 'moved.js')
    folder.git('rm', '-q', 'gone.js')
    folder.git('update-index', '--chmod=+x', 'run.sh')
    folder.write('new.js', lines.replace('line(3)', 'evaluate(3)'))
    folder.write('fresh.js', 'fresh()\n')
    folder.write('a.png', Buffer.from([0x89, 0, 1, 2]))
    folder.git('add', 'new.js', 'fresh.js', 'a.png')
    for (const args of [[], ['--binary'], ['--no-prefix']]) {
      const planned = await plan(review, temporaryFolder().root, folder.git('diff', '--cached', ...args))
      expect(lookedAt(planned)).toEqual(['fresh.js', 'gone.js', 'new.js'])
      expect(left(planned)).toEqual([
        'a.png: binary',
        'moved.js: renamed from pure.js, nothing else changed',
        'run.sh: made executable, nothing else changed',
      ])
    }
  })
})

test('a merge with its two sides is read by what it adds', async () => {
  const patch =
    'diff --cc src/a.js\nindex 1,2..3\n--- a/src/a.js\n+++ b/src/a.js\n@@@ -1,2 -1,2 +1,3 @@@\n  const a = read()\n++evaluate(a)\n -left(a)\n- right(a)\n+ right(b)\n'
  const planned = await plan(review, temporaryFolder().root, patch)
  expect(lookedAt(planned)).toEqual(['src/a.js'])
  expect(told(planned)).toMatch(/^\+ +2 \| evaluate\(a\)$/m)
})

test('what a patch of a secret, a lock or a file outside holds is treated as in a diff', async () => {
  const folder = repository({ '.env': 'A=1\n', 'a.js': 'a()\n', 'package-lock.json': '{\n}\n' })
  folder.write('.env', 'A=hunter2\n')
  folder.write('a.js', 'b()\n')
  folder.write('package-lock.json', '{\n  "lockfileVersion": 3\n}\n')
  const planned = await plan(review, folder.root, folder.git('diff'))
  expect(lookedAt(planned)).toEqual(['a.js'])
  expect(told(planned)).not.toContain('hunter2')
  expect(planned.notReviewed).toMatchObject([
    { path: '.env', gap: true },
    { path: 'package-lock.json', reason: 'lock file', gap: false },
  ])
})

test('a patch that breaks off is read as far as it goes, and that is said', async () => {
  const { root, git } = changed()
  const planned = await plan(review, root, git('diff').replace(/ write\(a\)\n$/, ''))
  expect(lookedAt(planned)).toEqual(['src/a.js'])
  expect(planned.notReviewed).toMatchObject([{ path: 'src/a.js', reason: 'the patch ends inside of it', gap: true }])
})

test('a patch beside a file is a change, and the file is none', async () => {
  const { root, git } = changed()
  const { requests } = await plan([...review, '-f', 'src/b.js,-'], root, git('diff'))
  const questions = requests.map(({ messages }) => messages.at(-1)?.content ?? '')
  expect(questions.find((text) => text.includes('b()'))).not.toContain('This is a change')
  expect(questions.find((text) => text.includes('evaluate'))).toContain('This is a change')
})

describe('what only looks like a patch is a text', () => {
  const { git } = {
    git: (text: string) => `diff --git a/x.js b/x.js\n--- a/x.js\n+++ b/x.js\n@@ -1 +1 @@\n-a\n+b\n${text}`,
  }
  test.each<[string, string]>([
    ['a list', '- one\n+ two\n- three\n'],
    ['a patch in a letter', `I tried this:\n\n${git('')}`],
    ['a patch in a fence', `\`\`\`diff\n${git('```\n')}`],
    ['a patch with words behind it', git('This does not work for me.\n')],
    ['a patch that is quoted', git('').replace(/^/gm, '> ')],
    ['marks without a hunk', '--- a/x.js\n+++ b/x.js\nnothing\n'],
    ['a hunk whose lines have no marks', '--- a/x.js\n+++ b/x.js\n@@ -1,2 +1,2 @@\nfoo\nbar\n'],
    ['front matter', '---\ntitle: x\n---\n+++\n'],
  ])('%s', async (_, text) => {
    const planned = await plan(review, temporaryFolder().root, text)
    expect(lookedAt(planned)).toEqual(['<stdin>'])
    expect(told(planned)).toContain(text.trimEnd())
  })
})
