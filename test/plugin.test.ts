import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { errorExitCode } from '../src/report/exit-code.ts'
import { parseAgentSkill } from '../src/skills/agent-skill.ts'
import { command } from './doors/cli/local-brain.ts'
import { repository, temporaryFolder } from './workspace-fixture.ts'
import { gitEnvironment } from './workspace.ts'

const top = join(import.meta.dirname, '..')
const read = (...path: string[]) => readFileSync(join(top, ...path), 'utf8')
const json = (...path: string[]) => JSON.parse(read(...path)) as Record<string, unknown>

const plugin = 'plugins/local-brain'
const skillFile = `${plugin}/skills/delegate/SKILL.md`
const { version } = json('package.json')
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/

describe('the marketplace', () => {
  const marketplace = json('.claude-plugin/marketplace.json') as {
    name: string
    owner: { name: string }
    plugins: Record<string, string>[]
  }

  test('names itself, its owner and one plugin that is there', () => {
    expect(marketplace.name).toMatch(kebab)
    expect(marketplace.owner.name).not.toBe('')
    expect(marketplace.plugins).toHaveLength(1)
    const [entry] = marketplace.plugins
    expect(entry?.['source']).toBe(`./${plugin}`)
    expect(entry?.['name']).toBe(json(plugin, '.claude-plugin/plugin.json')['name'])
  })

  test('leaves the version to plugin.json, which would win over it in silence', () => {
    expect(marketplace.plugins[0]).not.toHaveProperty('version')
  })
})

describe('the plugin', () => {
  test('has the version of the package, so that users get an update with every release', () => {
    const manifest = json(plugin, '.claude-plugin/plugin.json')
    expect(manifest['name']).toMatch(kebab)
    expect(manifest['version']).toBe(version)
  })

  test('keeps its manifest, and nothing else, in .claude-plugin', () => {
    expect(readdirSync(join(top, plugin, '.claude-plugin'))).toEqual(['plugin.json'])
    expect(readdirSync(join(top, '.claude-plugin'))).toEqual(['marketplace.json'])
  })

  test('starts nothing by itself: who wants the hook switches it on', () => {
    expect(existsSync(join(top, plugin, 'hooks'))).toBe(false)
    expect(json(plugin, '.claude-plugin/plugin.json')).not.toHaveProperty('hooks')
  })
})

describe('the skill', () => {
  const text = read(skillFile)

  test('has portable front matter: every client takes it', async () => {
    const skill = await parseAgentSkill(text, skillFile)
    expect(skill.otherKeys).toEqual([])
    expect(skill.name).toBe('delegate')
    expect(skill.metadata['version']).toBe(version)
    expect(skill.allowedTools).toEqual(['Bash(local-brain:*)'])
  })

  test('is short', () => {
    expect(text.split('\n').length).toBeLessThan(120)
  })

  test('explains every exit code there is', () => {
    const rows = [...text.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, codes = '']) => codes.split(', ').map(Number))
    const used = [
      0,
      1,
      143,
      ...(['usage', 'unreachable', 'incomplete', 'output', 'interrupted'] as const).map(errorExitCode),
    ]
    expect(rows.toSorted((a, b) => a - b)).toEqual(used.toSorted((a, b) => a - b))
  })

  const lines = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.trim().split('\n'))

  test('has commands', () => {
    expect(lines.length).toBeGreaterThan(8)
  })

  test.each(lines)('%s is a command line that the program takes', (line) => {
    const { root, write, git } = repository({ 'src/a.ts': 'const a = 1\n', 'src/b.ts': 'const b = 1\n' })
    git('checkout', '-q', '-b', 'work')
    write('src/a.ts', 'const a = 2\n')
    git('commit', '-qam', 'change')
    write('src/a.ts', 'const a = 3\n')
    // Nothing is contacted: a run only shows its plan, anything else only its help.
    const end = /local-brain (last|doctor)\b/.test(line) ? '--help' : '--dry-run'
    const output = execFileSync('sh', ['-c', `${line} ${end}`], {
      cwd: root,
      encoding: 'utf8',
      env: { ...gitEnvironment, HOME: temporaryFolder().root, PATH: `${shims()}:${process.env['PATH']}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    expect(output).toMatch(end === '--help' ? /^Usage: local-brain / : /user/)
  })
})

test('the hook that the documentation shows can be pasted as it stands', () => {
  const [, block = ''] = /```json\n([\s\S]*?)```/.exec(read('docs/claude-code.md')) ?? []
  const { hooks } = JSON.parse(block) as { hooks: { PreToolUse: { matcher: string; hooks: { command: string }[] }[] } }
  const [entry] = hooks.PreToolUse
  expect(entry?.matcher).toBe('Bash')
  const event = { hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: { command: 'git status' } }
  const output = execFileSync('sh', ['-c', entry?.hooks[0]?.command ?? 'exit 9'], {
    cwd: repository().root,
    encoding: 'utf8',
    input: JSON.stringify(event),
    env: { ...gitEnvironment, HOME: temporaryFolder().root, PATH: `${shims()}:${process.env['PATH']}` },
  })
  expect(output).toBe('')
})

/** A folder with a `local-brain` and an `npm` for one test. */
function shims(): string {
  const { root, write } = temporaryFolder()
  write('local-brain', `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`)
  write('npm', '#!/bin/sh\necho 3 tests passed\n')
  for (const name of readdirSync(root)) chmodSync(join(root, name), 0o755)
  return root
}
