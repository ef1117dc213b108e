import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { command, localBrain } from '../doors/cli/local-brain.ts'
import { temporaryFolder } from '../workspace-fixture.ts'

const [node = '', program = ''] = command
const says = (code: string) => execFileSync(node, ['-p', code], { encoding: 'utf8' }).trim()
/** From 22.8 on Node keeps what it compiled. `LOCAL_BRAIN_NODE` names another Node than this one. */
const keepsCode = program.endsWith('.js') && says("typeof require('node:module').enableCompileCache") === 'function'

/** A copy of the program, and folders of a person who starts it. */
function installed() {
  const { root } = temporaryFolder({ 'project/a.txt': 'a' })
  cpSync(join(program, '..', '..'), join(root, 'dist'), { recursive: true })
  const through = [node, join(root, 'dist', 'bin', 'local-brain.js')]
  const run = (state: string) =>
    localBrain(['--dry-run', 'hello'], {
      cwd: join(root, 'project'),
      through,
      env: { XDG_STATE_HOME: join(root, state), XDG_CACHE_HOME: join(root, 'cache') },
    })
  const kept = (state: string) => join(root, state, 'local-brain', 'compiled')
  return { root, run, kept }
}

/**
 * What somebody prepares who knows the version of the program and where it is installed: compiled code that writes
 * `marker`, in place of that of the program. Node compares the size and a checksum of the source, which stand before it.
 */
async function forge({ root, run, kept }: ReturnType<typeof installed>, marker: string): Promise<void> {
  await run('honest')
  const [version = ''] = readdirSync(kept('honest'))
  const chunks = join(root, 'dist', 'chunks')
  const name = readdirSync(chunks).find((file) => /^run-.*\.js$/.test(file)) ?? ''
  const source = readFileSync(join(chunks, name), 'utf8')
  const evil = `process.getBuiltinModule('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`
  writeFileSync(join(chunks, name), evil.padEnd(source.length))
  await run('forged')
  writeFileSync(join(chunks, name), source)
  for (const entry of readdirSync(join(kept('forged'), version))) {
    const [file, honest] = ['forged', 'honest'].map((state) => join(kept(state), version, entry))
    if (file === undefined || honest === undefined || !existsSync(honest)) continue
    const code = readFileSync(file)
    readFileSync(honest).copy(code, 4, 4, 8)
    readFileSync(honest).copy(code, 12, 12, 16)
    writeFileSync(file, code)
  }
}

test.skipIf(!keepsCode)(
  'compiled code that a checkout or a restored cache brings is not run',
  async () => {
    const person = installed()
    const { root, run, kept } = person
    const marker = join(root, 'marker')
    await forge(person, marker)
    execFileSync('rm', ['-f', marker])

    // Plainly: in the folder that the program made, whatever Node finds is what runs.
    await run('forged')
    expect(existsSync(marker)).toBe(true)
    execFileSync('rm', [marker])
    expect(statSync(kept('honest')).mode & 0o7777).toBe(0o1700)

    for (const [state, mode] of [
      ['checkout', 0o755],
      ['private-checkout', 0o700],
    ] as const) {
      mkdirSync(join(root, state, 'local-brain'), { recursive: true })
      cpSync(kept('forged'), kept(state), { recursive: true })
      chmodSync(kept(state), mode)
      expect(await run(state)).toMatchObject({ code: 0 })
      expect(existsSync(marker)).toBe(false)
    }
    cpSync(kept('forged'), join(root, 'cache', 'local-brain', 'compiled'), { recursive: true })
    expect(await run('fresh')).toMatchObject({ code: 0 })
    expect(existsSync(marker)).toBe(false)
  },
  60_000,
)

test('Node keeps compiled code in no folder but one that the program made itself', async () => {
  const { root } = temporaryFolder({
    'look.cjs': `require('node:module').enableCompileCache = (folder) => process.stderr.write('kept in ' + folder + '\\n')`,
    'checkout/local-brain/compiled/v26/1bfd1e54': 'code',
    'private/local-brain/compiled/v26/1bfd1e54': 'code',
  })
  chmodSync(join(root, 'private', 'local-brain', 'compiled'), 0o700)
  const keptIn = async (state: string) => {
    const env = { XDG_STATE_HOME: join(root, state), NODE_OPTIONS: `--require ${join(root, 'look.cjs')}` }
    const { stderr } = await localBrain(['--dry-run', 'hello'], { cwd: root, env })
    return stderr.replaceAll(root, '').match(/kept in (.*)/)?.[1]
  }
  expect(await keptIn('own')).toBe('/own/local-brain/compiled')
  expect(await keptIn('own')).toBe('/own/local-brain/compiled')
  expect(await keptIn('checkout')).toBe(undefined)
  expect(await keptIn('private')).toBe(undefined)
})
