import { chmodSync, copyFileSync, mkdirSync, readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { callTool } from '../../src/core/call-tool.ts'
import { openWorkspace } from '../../src/workspace/open.ts'
import { checkOf } from '../../src/workspace/sandbox/check.ts'
import { createCommands } from '../../src/workspace/sandbox/commands.ts'
import { bubblewrapSandbox } from '../../src/workspace/sandbox/sandbox.ts'
import { runChecks } from '../../src/tools/run-checks.ts'
import { runCommand } from '../../src/tools/run-command.ts'
import { runPython } from '../../src/tools/run-python.ts'
import { createFolder, environment, write } from '../workspace.ts'
import { found } from '../workspace/sandbox/found.ts'

const tools = [runCommand, runPython, runChecks]

async function calls(
  files: Record<string, string> = {},
  checks: string[] = [],
  more: Partial<Parameters<typeof createCommands>[0]> = {},
) {
  if ('reason' in found) throw new Error(found.reason)
  const around = realpathSync(createFolder({ 'beside.txt': '' }))
  const root = join(around, 'root')
  mkdirSync(root)
  write(root, { 'a.txt': 'one\n', ...files })
  const commands = createCommands({
    sandbox: found,
    root,
    folder: root,
    environment: { PATH: process.env['PATH'] },
    home: join(around, 'home'),
    cache: join(around, 'cache'),
    network: false,
    checks: checks.map((command) => checkOf({ name: command, command, required: true })),
    ...more,
  })
  const workspace = await openWorkspace({ root, environment })
  const context = {
    workspace,
    signal: new AbortController().signal,
    maxChars: 4000,
    commands,
    permit: async () => ({ allow: true }) as const,
  }
  return async (name: string, args: Record<string, unknown>) =>
    (await callTool(tools, { id: '1', name, arguments: args, recovered: false }, context)).result
}

describe.skipIf('reason' in found)('in the sandbox', () => {
  test('a command tells how it ended and what it printed', async () => {
    const call = await calls()
    expect(await call('run_command', { command: 'cat a.txt; echo bad >&2; exit 3' })).toMatch(
      /^exit 3 after \d+\.\d s\none\nbad$/,
    )
    expect(await call('run_command', { command: 'true' })).toMatch(/^exit 0 after .* s\n\(it printed nothing\)$/)
  })

  test('a failure that the sandbox caused is explained', async () => {
    const call = await calls()
    expect(
      await call('run_command', {
        command:
          'getent hosts example.com || curl -s http://example.com || python3 -c "import urllib.request as u; u.urlopen(\'http://example.com\')"',
      }),
    ).toContain('[commands have no network]')
    const refused = await call('run_command', { command: 'exec 3<>/dev/tcp/127.0.0.1/11434' })
    expect(refused).toContain('[commands have no network]')
    expect(await call('run_command', { command: 'touch /usr/x' })).toContain(
      '[nothing outside the workspace can be written]',
    )
    const large = await call('run_command', { command: 'truncate -s 2G large' })
    expect(large).toContain('[no file of a command may be larger than 1 GB]')
    const many = 'import os\nwhile True: os.dup(0)'
    expect(await call('run_python', { code: many })).toContain('[a command may have 1024 files open]')
  })

  test('what a command prints cannot steer a terminal, and long output keeps its end', async () => {
    const call = await calls()
    const text = await call('run_command', { command: "printf '\\033]52;c;x\\007'; seq 1 5000; echo the end" })
    expect(text).not.toMatch(/[\u001b\u0007]/)
    expect(text).toMatch(/\n\[\d+ characters left out\]\n[^]*the end$/)
    expect(text.length).toBeLessThanOrEqual(4000)
  })

  test('a command that takes too long is ended', async () => {
    const call = await calls()
    expect(await call('run_command', { command: 'sleep 30', timeout: 1 })).toMatch(
      /^it took longer than 1 s and was ended/,
    )
  })

  test('Python runs as it was written, and imports the workspace', async () => {
    const call = await calls({ 'shop.py': 'price = 7\n' })
    const code = `import shop, sys\nprint("it's", shop.price, """a 'b' $HOME""")\nsys.exit(3)`
    expect(await call('run_python', { code })).toMatch(/^exit 3 after .*\nit's 7 a 'b' \$HOME$/)
  })

  test('where all checks hold, the model is told to stop there', async () => {
    const call = await calls({}, ['true', 'test -d .'])
    const told = await call('run_checks', {})
    expect(told).toMatch(/^true: ok.*\ntest -d \.: ok.*\nAll checks hold: change nothing more, and answer now$/)
    expect(await call('run_checks', { name: 'true' })).not.toContain('All checks')
  })

  test('64 kB of it can be run and no more, it may print for ever, and without Python that is said', async () => {
    const call = await calls()
    const code = `text = '${'x'.repeat(64_000)}'\nprint(len(text))`
    expect(await call('run_python', { code })).toMatch(/^exit 0 after .*\n64000$/)
    expect(await call('run_python', { code: `${code}${'#'.repeat(2000)}` })).toMatch(/^Error: .*1 to 65536 characters/)
    const endless = await call('run_python', { code: 'while True: print("y" * 100_000)' })
    expect(endless).toMatch(/^it printed more than 50 MB and was ended\n/)
    const bin = realpathSync(createFolder())
    copyFileSync('/bin/bash', join(bin, 'bash'))
    const bare = await calls({}, [], { environment: { PATH: bin }, read: [bin] })
    expect(await bare('run_python', { code: 'print(1)' })).toMatch(/^exit 127 after .*\npython3 is not installed$/)
  })

  test('a check is ok, failed, or ran nothing', async () => {
    const call = await calls({}, ['true', 'echo broken; false', 'echo "no tests ran"'])
    expect(await call('run_checks', {})).toMatch(
      /^true: ok after .*\necho broken; false: failed \(exit 1\)\nbroken\necho "no tests ran": nothing was run, so it proves nothing$/,
    )
    expect(await call('run_checks', { name: 'true' })).toMatch(/^true: ok after \S+ s$/)
    expect(await call('run_checks', { name: 'other' })).toContain('there is no check other')
  })

  test('a check whose tests were all skipped ran nothing, and one of them that ran is enough', async () => {
    const skipped = [
      '2 skipped in 0.01s',
      '==== 1 skipped, 1 xfailed in 1.20s ====',
      '      Tests  2 skipped (2)',
      'Tests:       2 skipped, 2 total',
      '# tests 2\n# pass 0\n# skipped 2',
      'running 2 tests\ntest result: ok. 0 passed; 0 failed; 2 ignored; 0 measured',
      'Ran 2 tests in 0.001s\n\nOK (skipped=2)',
      "make: 'test' is up to date.",
    ]
    const ran = [
      '1 passed, 2 skipped in 0.01s',
      '      Tests  1 passed | 2 skipped (3)',
      '# tests 2\n# pass 1\n# skipped 1',
      'test result: ok. 0 passed; 0 failed; 2 ignored\ntest result: ok. 3 passed; 0 failed; 0 ignored',
      'Ran 2 tests in 0.001s\n\nOK (skipped=1)',
      "make: 'all' is up to date.",
      '3 files skipped',
    ]
    const printed = (output: string) => `printf ${JSON.stringify(output)}`
    const call = await calls({}, [...skipped, ...ran].map(printed))
    const told = await call('run_checks', {})
    for (const output of skipped) expect(told).toContain(`${printed(output)}: nothing was run`)
    for (const output of ran) expect(told).toContain(`${printed(output)}: ok after`)
  })
})

test('when the sandbox fails the run is over, and nothing is run outside', async () => {
  const around = createFolder({ 'root/a.txt': '', bwrap: '#!/bin/sh\necho "bwrap: No permissions"; exit 1\n' })
  chmodSync(join(around, 'bwrap'), 0o755)
  const sandbox = bubblewrapSandbox({ program: join(around, 'bwrap'), version: [0, 8], words: '0.8.0' }, around)
  const root = join(around, 'root')
  const places = { root, folder: root, home: join(around, 'home'), cache: join(around, 'cache') }
  const commands = createCommands({ sandbox, ...places, environment: { PATH: process.env['PATH'] }, network: false })
  const workspace = await openWorkspace({ root, environment })
  const permit = async () => ({ allow: true }) as const
  const call = { id: '1', name: 'run_command', arguments: { command: 'touch made' }, recovered: false }
  const { signal } = new AbortController()
  const running = callTool(tools, call, { workspace, signal, maxChars: 4000, commands, permit })
  await expect(running).rejects.toMatchObject({
    code: 'sandbox-failed',
    message: expect.stringContaining('No permissions') as string,
  })
  expect(readdirSync(root)).toEqual(['a.txt'])
})
