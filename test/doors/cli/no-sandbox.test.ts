import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { createFolder, createRepository } from '../../workspace.ts'
import { hasSandbox } from '../../workspace/sandbox/found.ts'
import { command, localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

/** A bubblewrap that says this version, and then does this. */
const bwrap = (version: string, script: string) =>
  `#!/bin/sh\n[ "$1" = --version ] && { echo "bubblewrap ${version}"; exit 0; }\n${script}\n`

/** Starts the program where this machine's own bubblewrap cannot be found. */
const hidden = [
  '/usr/bin/bwrap',
  '--bind',
  '/',
  '/',
  '--dev-bind',
  '/dev',
  '/dev',
  '--proc',
  '/proc',
  '--tmpfs',
  '/usr/local/bin',
]
const through = [...hidden, '--ro-bind', '/dev/null', '/usr/bin/bwrap', ...command]

function machine(script?: string, mode = 0o755) {
  const bin = createFolder(script === undefined ? {} : { bwrap: script })
  if (script !== undefined) chmodSync(join(bin, 'bwrap'), mode)
  const skill =
    'name: s\ndescription: d\naccess: run\ntools: [read_file, run_command]\nuser_prompt_template: "{{ input }}"\n'
  const HOME = createFolder({ '.config/local-brain/skills/s/skill.yaml': skill })
  return { env: { HOME, PATH: `${bin}:${process.env['PATH']}` }, cwd: createRepository(), through }
}

const userMap = 'echo "bwrap: setting up uid map: Permission denied" >&2; exit 1'
const namespaces = 'echo "bwrap: No permissions to create new namespace" >&2; exit 1'

// Hiding the real one takes a real one.
describe.skipIf(!hasSandbox || process.platform !== 'linux')('where no sandbox works', () => {
  test.each<[string, string | undefined, number, string]>([
    ['there is none', undefined, 0, 'bubblewrap is not installed (sudo apt install bubblewrap)'],
    ['it is too old', bwrap('0.4.1', 'exit 0'), 0o755, 'bubblewrap 0.4.1 is too old (install 0.5 or newer)'],
    ['it runs as root', bwrap('0.8.0', 'exit 0'), 0o4755, 'runs as root (setuid), which is not used (sudo chmod u-s '],
    ['AppArmor refuses it', bwrap('0.8.0', userMap), 0o755, 'apparmor_restrict_unprivileged_userns=0; in Docker:'],
    ['Docker refuses it', bwrap('0.8.0', namespaces), 0o755, 'in Docker: --security-opt seccomp=unconfined'],
  ])('doctor says what to do: %s', async (_, script, mode, words) => {
    const { stdout } = await localBrain(['doctor'], machine(script, mode))
    expect(stdout).toContain(`ok   sandbox  none, so no commands are run: `)
    expect(stdout).toContain(words)
  })

  test('tools that run programs are not offered, and a run with --check does not begin', async () => {
    const server = await ollama([reply.text('Nothing to run.')])
    const place = { ...machine(bwrap('0.8.0', userMap)), host: server.url }
    const args = ['-s', 's', 'do it', '--allow', 'run', '--format', 'json']
    const offered = await localBrain(args, place)
    expect(server.requests[0]?.tools?.map((tool) => tool.function.name)).toEqual(['read_file'])
    expect(reportOf(offered).warnings.join()).toContain(
      'commands cannot be run here, since bubblewrap cannot work here',
    )
    const checked = await localBrain([...args, '--check', 'true'], place)
    expect(checked.code).toBe(3)
    expect(reportOf(checked).error).toMatchObject({
      code: 'sandbox-failed',
      message: expect.stringContaining("The checks can't be run: bubblewrap cannot work here") as string,
      hint: expect.stringContaining('user namespaces') as string,
    })
    expect(server.requests).toHaveLength(1)
  })
})
