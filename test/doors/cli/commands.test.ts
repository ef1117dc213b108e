import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { everyByte } from '../../workspace/changes/project.ts'
import { createFolder, createRepository, write } from '../../workspace.ts'
import { hasSandbox } from '../../workspace/sandbox/found.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

const skill = `name: tester
description: Runs what it is told
access: run
tools: [read_file, edit_file, run_command, run_checks]
checks: [{ name: unit, command: node test.js }]
user_prompt_template: '{{ input }}'
`

/** A project with an ignored folder of packages, a secret and unsaved work, and a person with a skill that may run. */
function project() {
  const top = createRepository({ 'src/a.js': 'module.exports = 1\n', '.gitignore': 'node_modules/\n.env\n' })
  write(top, {
    'node_modules/one/index.js': 'module.exports = "from a package"\n',
    'test.js':
      'if (require("./src/a.js") !== 2) { console.log("want 2"); process.exit(1) }\nconsole.log("1 test passed", require("one"))\n',
    '.env': 'KEY=topsecret\n',
  })
  const env = { HOME: createFolder({ '.config/local-brain/skills/tester/skill.yaml': skill }) }
  return { top, env }
}

const command = (line: string, more: object = {}) => ({ name: 'run_command', arguments: { command: line, ...more } })

async function run({ top, env }: ReturnType<typeof project>, script: Parameters<typeof ollama>[0], args: string[]) {
  const server = await ollama(script)
  const all = ['-s', 'tester', 'do it', '--format', 'json', ...args]
  return { ...(await localBrain(all, { cwd: top, host: server.url, env })), server }
}

const told = (server: Awaited<ReturnType<typeof ollama>>) =>
  server.requests
    .slice(-1)
    .flatMap(({ messages }) => messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : [])))

describe.skipIf(!hasSandbox)('a run that may start programs', () => {
  test('works in a copy with the packages of the project, and proposes what its commands changed', async () => {
    const place = project()
    const before = everyByte(place.top)
    const script = [
      reply.calls(command('node test.js')),
      reply.calls({ name: 'edit_file', arguments: { path: 'src/a.js', old: '= 1', new: '= 2' } }),
      reply.calls(command('node test.js && echo made > made.txt && pwd; cat .env; git status --short | head -1; true')),
      reply.text('It is 2 now.'),
    ]
    const ended = await run(place, script, ['--allow', 'run'])
    const { code, server, stderr } = ended
    expect(stderr).toMatch(/^\$ node test\.js \(exit 1, \d+\.\d s\)$/m)
    const results = told(server)
    expect(results.at(0)).toMatch(/^exit 1 after .* s\nwant 2$/)
    expect(results.at(-1)).toMatch(/^exit 0 after .* s\n1 test passed from a package\n/)
    expect(results.at(-1)).toContain(realpathSync(place.top))
    expect(results.join('\n')).not.toContain('topsecret')
    const report = reportOf(ended)
    expect(code).toBe(0)
    expect(report.changes?.map(({ path, kind }) => `${kind} ${path}`).sort()).toEqual([
      'create made.txt',
      'modify src/a.js',
    ])
    expect(report.access).toMatchObject({ skill: 'run', allowed: ['write', 'run'], network: false })
    expect(report.access?.sandbox).toMatch(/^(?:bubblewrap|seatbelt)/)
    expect(everyByte(place.top)).toEqual(before)
    expect(await localBrain(['apply'], { cwd: place.top, env: place.env })).toMatchObject({ code: 0 })
    expect(readFileSync(join(place.top, 'src/a.js'), 'utf8')).toBe('module.exports = 2\n')
  })

  test('the checks of the skill decide', async () => {
    const check = { name: 'run_checks', arguments: {} }
    const edit = { name: 'edit_file', arguments: { path: 'src/a.js', old: '= 1', new: '= 2' } }
    const script = [reply.calls(check), reply.calls(edit, check), reply.text('It is 2 now.')]
    const { server } = await run(project(), script, ['--allow', 'run'])
    const results = told(server)
    expect(results[0]).toBe('unit: failed (exit 1)\nwant 2')
    expect(results.at(-1)).toMatch(/^unit: ok after /)
  })

  test('without consent no command is offered', async () => {
    const place = project()
    const { server, stderr } = await run(place, [reply.text('Nothing to run.')], ['--allow', 'write'])
    const names = server.requests[0]?.tools?.map((tool) => tool.function.name)
    expect(names).toEqual(['read_file', 'edit_file'])
    expect(stderr).toContain('--allow run changes that')
  })

  test('only listed commands are run', async () => {
    const place = project()
    const script = [
      reply.calls(command('node test.js; touch sly')),
      reply.calls(command('echo $(touch sly)')),
      reply.calls(command('node test.js')),
      reply.text('Done.'),
    ]
    const { server } = await run(place, script, ['--allow', 'run', '--commands', 'node test.js, git status'])
    const results = told(server)
    expect(
      results.filter((text) => text.startsWith('Error: only commands that begin with node test.js, git status')),
    ).not.toEqual([])
    expect(results.at(-1)).toMatch(/^exit 1/)
    expect(existsSync(join(place.top, 'sly'))).toBe(false)
  })

  test("the person's configuration says what is never run, and what commands see besides", async () => {
    const place = project()
    const shown = createFolder({ 'tool/words': 'seen\n' })
    const config = `allow: [run]\ncommands: { deny: [touch] }\nsandbox: { read: ['${shown}/tool'], env: [SHOP, API_TOKEN] }\n`
    write(place.env.HOME, { '.config/local-brain/config.yaml': config })
    const env = { ...place.env, SHOP: 'open', API_TOKEN: 'topsecret' }
    const look = command(`cat ${shown}/tool/words; echo $SHOP $API_TOKEN`)
    const script = () => [reply.calls(command('ls && touch sly')), reply.calls(look), reply.text('Done.')]
    const { server } = await run({ ...place, env }, script(), ['--allow', 'run'])
    expect(told(server)).toEqual([
      `Error: "touch" is on the person's list of commands that are never run`,
      expect.stringMatching(/^exit 0 after .*\nseen\nopen$/),
    ])
    // What it allows is for chat and work.
    const without = await run({ ...place, env }, [reply.text('Nothing to run.')], ['--format', 'json'])
    expect(without.server.requests[0]?.tools?.map((tool) => tool.function.name)).toEqual(['read_file'])
  })

  test('what a command plants in .git or out of the project is not there afterwards', async () => {
    const place = project()
    const before = everyByte(place.top)
    const sly =
      'echo x >> .git/config; touch ../beside; echo x > node_modules/one/index.js; ln -s /etc/passwd link; mkfifo pipe'
    const ended = await run(place, [reply.calls(command(sly)), reply.text('Done.')], ['--allow', 'run'])
    expect(everyByte(place.top)).toEqual(before)
    expect(existsSync(join(place.top, '../beside'))).toBe(false)
    const report = reportOf(ended)
    expect(report.changes).toEqual([])
    expect(report.warnings.join('\n')).toMatch(/link was not taken over/)
  })

  test('a command is over when the run is', async () => {
    const place = project()
    const ended = await run(
      place,
      [reply.calls(command('sleep 300')), reply.text('x')],
      ['--allow', 'run', '--timeout', '6'],
    )
    expect(ended.code).toBe(4)
    expect(reportOf(ended).usage.totalMs).toBeLessThan(9000)
  })
})
