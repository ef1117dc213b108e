import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reply } from '../../../scripted-ollama/scripted-ollama.ts'
import { builtInFolder, skillText } from '../../../skills/folder.ts'
import { temporaryFolder } from '../../../workspace-fixture.ts'
import { localBrain } from '../local-brain.ts'
import { serve } from '../../../scripted-ollama/serve.ts'

const markdown =
  '---\nname: pdf\ndescription: Reads PDFs\nallowed-tools: Read Bash(rm:*)\n---\n\nUse {{ content }} and !`id`.\n'
const mine = (home: string, name: string) => join(home, '.config/local-brain/skills', name, 'skill.yaml')

/** A home with one skill of the user's own, exported into `out`. */
async function exported(text = skillText('tools: [read_file]')) {
  const { root, write } = temporaryFolder()
  write('home/.config/local-brain/skills/review/skill.yaml', text)
  const cwd = join(root, 'work')
  mkdirSync(cwd)
  const run = await localBrain(['skills', 'export', 'review', '--to', 'out'], {
    cwd,
    env: { HOME: join(root, 'home') },
  })
  return { root, cwd, write, run, folder: join(cwd, 'out', 'review') }
}

describe('a skill that is exported and imported again', () => {
  test('is the same to the byte', async () => {
    const text = `# a comment that stays\n${skillText('options: { temperature: 0.5 }').replace('\n', ' \n')}`
    const { cwd, run, folder } = await exported(text)
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toBe(`Wrote ${folder}/SKILL.md\nAgents look in .agents/skills and .claude/skills\n`)
    const HOME = temporaryFolder().root
    const back = await localBrain(['skills', 'import', 'out/review'], { cwd, env: { HOME } })
    expect(back).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(mine(HOME, 'review'), 'utf8')).toBe(text)
  })

  test('is told when its SKILL.md says something else by now', async () => {
    const { cwd, folder, write } = await exported()
    const edited = readFileSync(join(folder, 'SKILL.md'), 'utf8').replace('Look at', 'Look away from')
    write('work/out/review/SKILL.md', edited)
    const back = await localBrain(['skills', 'import', 'out/review'], { cwd })
    expect(back.stderr).toBe('warning: SKILL.md was edited since its export; assets/skill.yaml is what was taken\n')
  })

  test('may not bring a YAML of another name, or a link', async () => {
    const { cwd, root, write } = await exported()
    write('work/out/review/assets/skill.yaml', skillText().replace('review', 'ask'))
    const renamed = await localBrain(['skills', 'import', 'out/review'], { cwd })
    expect(renamed.stderr).toContain('error: "out/review/assets/skill.yaml" is named "ask", its SKILL.md "review"\n')
    write('elsewhere.yaml', skillText())
    write('work/linked/SKILL.md', readFileSync(join(cwd, 'out/review/SKILL.md')))
    mkdirSync(join(cwd, 'linked/assets'))
    symlinkSync(join(root, 'elsewhere.yaml'), join(cwd, 'linked/assets/skill.yaml'))
    const linked = await localBrain(['skills', 'import', 'linked'], { cwd })
    expect(linked).toMatchObject({ code: 2, stdout: '' })
    expect(linked.stderr).toContain('error: "linked/assets/skill.yaml" is a link to somewhere else\n')
  })
})

test('an export overwrites nothing', async () => {
  const { cwd, run, root } = await exported()
  expect(run.code).toBe(0)
  const again = await localBrain(['skills', 'export', 'review', '--to', 'out'], {
    cwd,
    env: { HOME: join(root, 'home') },
  })
  expect(again).toMatchObject({ code: 5, stdout: '' })
  expect(again.stderr).toBe(
    `error: "${cwd}/out/review" is there already\nhint: local-brain skills export review --to <another folder>\n`,
  )
})

test('a built-in skill goes where one stands when nothing is said', async () => {
  const { root } = temporaryFolder()
  expect(await localBrain(['skills', 'export', 'explain'], { cwd: root })).toMatchObject({ code: 0, stderr: '' })
  const yaml = readFileSync(join(root, 'explain/assets/skill.yaml'), 'utf8')
  expect(yaml).toBe(readFileSync(join(builtInFolder, 'explain/skill.yaml'), 'utf8'))
})

test('a skill without a description is not exported, as it could not come back', async () => {
  const { root } = temporaryFolder({ 'mine.yaml': 'name: mine\nuser_prompt_template: x\n' })
  const run = await localBrain(['skills', 'export', './mine.yaml'], { cwd: root })
  expect(run).toMatchObject({ code: 2, stdout: '' })
  expect(run.stderr).toBe('error: ./mine.yaml: description is missing\nhint: local-brain skills check ./mine.yaml\n')
})

describe('an imported SKILL.md', () => {
  test('runs: its text is the system message, what it would run is not', async () => {
    const { root } = temporaryFolder({ 'pdf/SKILL.md': markdown, 'pdf/scripts/x.sh': 'exit 1\n', 'a.txt': 'hello\n' })
    const HOME = temporaryFolder().root
    const run = await localBrain(['skills', 'import', 'pdf'], { cwd: root, env: { HOME } })
    expect(run).toMatchObject({
      code: 0,
      stdout: `Wrote ${mine(HOME, 'pdf')}\nTools it may call: read_file\nRead it before you run it: local-brain skills show pdf\n`,
    })
    expect(run.stderr.split('\n')).toEqual([
      'warning: it may not call Bash(rm:*): tools here can only read',
      'warning: not run, left as text: !`id`',
      'warning: not taken along: scripts; nothing of a skill is run here',
      '',
    ])
    const server = await serve({ script: [reply.text('Done.')] })
    const used = await localBrain(['-s', 'pdf', '-f', 'a.txt'], { cwd: root, host: server.url, env: { HOME } })
    expect(used).toMatchObject({ stdout: 'Done.\n', code: 0 })
    const [request] = server.requests
    expect(request?.messages[0]).toMatchObject({ role: 'system', content: 'Use {{ content }} and !`id`.' })
    expect(request?.messages[1]?.content).toContain('hello')
    expect(request?.tools?.map((tool) => tool.function.name)).toEqual(['read_file'])
  })

  test('may be named as a file, and a folder of another name is told', async () => {
    const { root } = temporaryFolder({ 'download/SKILL.md': markdown })
    const run = await localBrain(['skills', 'import', 'download/SKILL.md'], { cwd: root })
    expect(run.stderr).toContain('warning: its folder is named "download"; the format wants "pdf"\n')
    expect(run.code).toBe(0)
  })

  test.each([
    ['that is not there', 'absent', /^error: "absent" does not exist\nhint: /],
    ['with a name that is no name', 'bad', /^error: bad\/SKILL\.md: name must be 1 to 64 of .*\nhint: .*agentskills/],
    ['of a name that is taken', 'ask', /^error: There is a skill "ask" already: .*\nhint: rename it in ask\/SKILL\.md/],
  ])('%s is refused', async (_, name, message) => {
    const { root } = temporaryFolder({
      'bad/SKILL.md': markdown.replace('pdf', '../pdf'),
      'ask/SKILL.md': markdown.replace('pdf', 'ask'),
    })
    const run = await localBrain(['skills', 'import', name], { cwd: root })
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toMatch(message)
  })
})
