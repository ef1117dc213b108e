import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, lstatSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { command as program, localBrain } from '../doors/cli/local-brain.ts'
import { ollama } from '../doors/cli/ollama.ts'
import { isMeasured, peakOf, saysPeak } from '../doors/cli/peak.ts'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { everyByte } from '../workspace/changes/project.ts'
import { hasSandbox } from '../workspace/sandbox/found.ts'
import { type Place, command, commanded, createPlace, plainly, tried } from './commanding.ts'

const isRoot = process.getuid?.() === 0
const hasPython = spawnSync('python3', ['--version']).status === 0

describe.skipIf(!hasSandbox)('a command sees no secret', () => {
  const attempts = [
    ['a key of the home folder', 'cat "$HOME/.ssh/id_rsa" ~/.ssh/id_rsa'],
    ['a setting of the home folder', 'cat ~/.npmrc'],
    ['a file beside the workspace', 'cat ../other/file'],
    ['the same by the current folder of a process', 'cat /proc/self/cwd/../other/file'],
    ['an ignored file of secrets', 'cat .env'],
    ['a key in the workspace', 'cat conf/server.pem'],
    ['a copy of one', 'cp .env copy.txt; cat copy.txt'],
    ['a link to one', 'ln -s .env link.txt; cat link.txt'],
    ['a hard link to one', 'ln .env hard.txt; cat hard.txt'],
    ['its own variables', 'env'],
    ['the variables of the one that started it', `bash -c 'tr "\\\\0" "\\\\n" < /proc/$PPID/environ'; true`],
    ['those of every process', "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'; true"],
  ] as const
  const told = tried(attempts.map(([, line]) => line))
  test.each(attempts)('%s', { timeout: 60_000 }, async (_, line) => {
    expect(await plainly(createPlace(), line)).toContain('MARK')
    expect(await told(line)).not.toContain('MARK')
  })

  test.skipIf(!isRoot)('the passwords of the system', async () => {
    const line = 'cat /etc/shadow'
    expect(await plainly(createPlace(), line)).toContain('root:')
    const { results } = await commanded(createPlace(), [command(line)])
    expect(results[0]).not.toContain('root:')
  })
})

/** Sockets of this machine, each of which answers with REACHED, and how to ask it. */
async function sockets({ around }: Place) {
  const paths = [join(around, 'home/agent.sock'), join(tmpdir(), `local-brain-${process.pid}.sock`)]
  const names = [...paths.map((path) => `'${path}'`), `'\\0local-brain-${process.pid}'`]
  const serve = `import socket, threading
def listen(s):
    s.listen()
    threading.Thread(target=lambda: [s.accept()[0].send(b'REACHED') for _ in iter(int, 1)]).start()
for name in [${names.join(', ')}]:
    s = socket.socket(socket.AF_UNIX); s.bind(name); listen(s)
tcp = socket.socket(); tcp.bind(('127.0.0.1', 0)); listen(tcp)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(('127.0.0.1', 0))
print('%d %d' % (tcp.getsockname()[1], udp.getsockname()[1]), flush=True)
while True: udp.sendto(b'REACHED', udp.recvfrom(9)[1])`
  const server = spawn('python3', ['-c', serve], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    server.kill('SIGKILL')
    spawnSync('rm', ['-f', ...paths])
  })
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  const [tcp = '', udp = ''] = String(line).trim().split(' ')
  return { ...asked(names), network: network(tcp, udp) }
}

/** The word is made while it runs, so that the line does not hold it. */
const opened = `print('REA' + 'CHED')`

function asked(names: readonly string[]) {
  const unix = (name: string) =>
    `python3 -c "import socket; s = socket.socket(socket.AF_UNIX); s.connect(${name}); print(s.recv(9))"`
  const [home = '', temporary = '', abstract = ''] = names.map(unix)
  const vsock = `python3 -c "import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM); ${opened}"`
  return { paths: [home, temporary], abstract, vsock }
}

function network(tcp: string, udp: string): string[] {
  const datagram = `s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(20); s.connect(('127.0.0.1', ${udp})); s.send(b'x')`
  return [
    `timeout 5 head -c 7 < /dev/tcp/127.0.0.1/${tcp}`,
    `python3 -c "import socket; ${datagram}; print(s.recv(9))"`,
    `python3 -c "import socket; print(socket.create_connection(('127.0.0.1', ${tcp}), 5).recv(9))"`,
  ]
}

/** Knows every name. */
const nameServer = `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.77', 53)); print('ready', flush=True)
while True:
    asked, who = s.recvfrom(512)
    end = asked.index(b'\\0', 12) + 5
    isFour = asked[end - 4:end - 2] == b'\\0\\1'
    head = asked[:2] + b'\\x81\\x80\\0\\1\\0' + bytes([isFour]) + b'\\0\\0\\0\\0'
    answer = b'\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4\\xc0\\0\\2\\x4d' if isFour else b''
    s.sendto(head + asked[12:end] + answer, who)`

const reaches = async (place: Place, lines: readonly string[]) =>
  (await Promise.all(lines.map(async (line) => plainly(place, line)))).map((text) => text.includes('REACHED'))

describe.skipIf(!hasSandbox || !hasPython)('a command reaches nothing of this machine', () => {
  test('no port, no socket by path or abstract, no vsock, no name, no model', { timeout: 60_000 }, async () => {
    const place = createPlace()
    const { paths, abstract, vsock, network } = await sockets(place)
    const lines = [...paths, abstract, ...network]
    expect(await reaches(place, lines)).toEqual(lines.map(() => true))
    if (existsSync('/dev/vsock')) expect(await reaches(place, [vsock])).toEqual([true])
    const away = `python3 -c "import socket; socket.create_connection(('192.0.2.1', 80), 5)"`
    const { results } = await commanded(place, ({ url }) => {
      const ollama = `exec 3<>/dev/tcp/127.0.0.1/${new URL(url).port} && echo REA""CHED`
      return [...lines, vsock, 'getent hosts example.com && echo REA""CHED', away, ollama].map((line) => command(line))
    })
    expect(results).toHaveLength(lines.length + 4)
    expect(results.filter((result) => result.includes('REACHED'))).toEqual([])
    expect(results.at(-2)).toContain('[commands have no network]')
    expect(results[lines.length]).toContain('Address family not supported')
  })

  // To answer for a name takes a port that only root may have.
  test.skipIf(!isRoot)(
    'no name is looked up, by a command or by a check, and both are told why',
    {
      timeout: 60_000,
    },
    async () => {
      const place = createPlace({ 'resolv.conf': 'nameserver 127.0.0.77\n' })
      const server = spawn('python3', ['-c', nameServer], { stdio: ['ignore', 'pipe', 'inherit'] })
      onTestFinished(() => void server.kill('SIGKILL'))
      await once(server.stdout, 'data')
      const named = ['bwrap', '--dev-bind', '/', '/', '--ro-bind', join(place.root, 'resolv.conf'), '/etc/resolv.conf']
      const line = 'python3 -c "import socket; print(socket.gethostbyname(\'somewhere.example\'))"'
      expect(await plainly(place, `${named.join(' ')} ${line}`)).toBe('192.0.2.77\n')
      const { results, report } = await commanded(place, [command(line), command('getent hosts somewhere.example')], {
        args: ['--allow', 'run', '--check', line],
        through: [...named, ...program],
      })
      expect(results[0]).toMatch(/^exit 1 after [^]*name resolution\n\[commands have no network\]$/)
      expect(results[1]).toMatch(/^exit 2 after /)
      expect(report.checks).toMatchObject([{ after: 'failed' }])
      expect(report.checks?.[0]?.output).toMatch(/\n\[commands have no network\]\n$/)
    },
  )

  test('with the network there is one, but no socket by path, no vsock, no way to Windows', {
    timeout: 60_000,
  }, async () => {
    const place = createPlace()
    const { paths, vsock, network } = await sockets(place)
    expect(await reaches(place, paths)).toEqual([true, true])
    const lines = [...network, ...paths, vsock, 'ls /run/WSL /mnt/c && echo REA""CHED']
    const { results, report } = await commanded(
      place,
      lines.map((line) => command(line)),
      { args: ['--allow', 'run,net'] },
    )
    for (const result of results.slice(0, 3)) expect(result).toContain('REACHED')
    for (const result of results.slice(3)) expect(result).not.toContain('REACHED')
    expect(report.warnings.join('\n')).toContain('commands may use the network: all of it')
  })
})

describe.skipIf(!hasSandbox)('a command cannot plant what runs later', () => {
  const plants = [
    // A hook, a link in .git, another .git, a file beside the project, a setting of the repository, a package.
    ['mkdir -p .git/hooks; echo x > .git/hooks/pre-commit', '.git/hooks/pre-commit'],
    ['ln -s / .git/x', '.git/x'],
    ['mv .git old; mkdir .git; touch .git/y', '.git/y'],
    ['touch ../other/planted', '../other/planted'],
    ['git config core.fsmonitor "touch x" && cp .git/config .git/z', '.git/z'],
    ['echo x > node_modules/one/planted.js', 'node_modules/one/planted.js'],
  ] as const
  test('of that, and of what destroys all there is, the project keeps every byte', { timeout: 60_000 }, async () => {
    const planted = plants.map(([line, path]) => ({ line, path, twin: createPlace() }))
    for (const { line, twin } of planted) await plainly(twin, line)
    const isThere = planted.map(({ path, twin }) => readdirSync(join(twin.root, path, '..')).includes(basename(path)))
    expect(isThere).toEqual(plants.map(() => true))
    const place = createPlace({ 'src/a.ts': 'a\n' })
    const destroy = 'rm -rf -- * .gitignore; git clean -xfdq; chmod -R 000 .'
    const twin = createPlace({ 'src/a.ts': 'a\n' })
    await plainly(twin, destroy)
    spawnSync('chmod', ['-R', '700', twin.root])
    expect(existsSync(join(twin.root, 'node_modules'))).toBe(false)
    const before = everyByte(place.around)
    const lines = [...plants.map(([line]) => line), 'git init -q sub && touch sub/x', destroy]
    const { report, results } = await commanded(
      place,
      lines.map((line) => command(line)),
    )
    const ours = /^home\/(?:\.cache|\.local)(?:\/|$)/
    const after = Object.entries(everyByte(place.around)).filter(([path]) => !ours.test(path))
    expect(Object.fromEntries(after)).toEqual(before)
    expect(results[0]).toContain('[.git is read-only for commands]')
    expect(report.changes?.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
      'delete .gitignore',
      'delete a.txt',
      'delete src/a.ts',
    ])
  })

  test('a repository in the project is not taken over, and named', { timeout: 60_000 }, async () => {
    const { report } = await commanded(createPlace(), [command('git init -q sub && touch sub/x b.txt')])
    expect(report.changes?.map(({ path }) => path)).toEqual(['b.txt'])
    expect(report.warnings).toContain('sub was not taken over: a repository of its own')
  })

  test('nor does one stay in the folder of a person, whose git would run what it names', {
    timeout: 60_000,
  }, async () => {
    const settings = 'config core.fsmonitor "touch ran; false"'
    const make = [
      `git init -q sub && git -C sub ${settings} && touch sub/x`,
      `git init -q --bare bare && git -C bare ${settings} && git -C bare config core.bare false && git -C bare config core.worktree ..`,
    ]
    const use = 'for one in sub bare; do (cd $one && git status >/dev/null 2>&1; ls ran ../ran 2>/dev/null); done'
    const twin = createPlace()
    await plainly(twin, [...make, use].join('; '))
    expect(['sub/ran', 'ran'].map((name) => existsSync(join(twin.root, name)))).toEqual([true, true])

    const place = createPlace()
    const script = [...make.map((line) => reply.calls(command(line))), reply.text('Done.')]
    const server = await ollama(script)
    const args = ['chat', '--allow', 'run']
    const ended = await localBrain(args, { cwd: place.root, host: server.url, stdin: 'go\n', env: place.env })
    const told = server.requests.at(-1)?.messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []))
    await plainly(place, use)
    expect(['sub/ran', 'ran', 'bare'].map((name) => existsSync(join(place.root, name)))).toEqual([false, false, false])
    for (const [at, name] of ['sub', 'bare'].entries()) {
      const said = new RegExp(
        `the repository that a command made in ${name} was moved to (/[^:]*/${name}[^:]*): git runs`,
      )
      expect(ended.stderr).toMatch(said)
      const moved = said.exec(told?.[at] ?? '')?.[1] ?? ''
      expect(readFileSync(join(moved, 'config'), 'utf8')).toContain('fsmonitor')
    }
    expect(existsSync(join(place.root, 'sub/x'))).toBe(true)
  })
})

describe.skipIf(!hasSandbox || !hasPython)('what is no file is not taken over', () => {
  const socket = 'python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\'sock\')"'
  const make = `ln -s /etc/passwd link; mkfifo pipe; ${socket}; mknod device c 1 3; cp /bin/true tool; chmod 4755 tool; touch -- -rf; true`

  test('a link, a pipe, a socket, a device, the right of another user', { timeout: 60_000 }, async () => {
    const twin = createPlace()
    await plainly(twin, make)
    const kindOf = (name: string) => lstatSync(join(twin.root, name), { throwIfNoEntry: false })
    expect(kindOf('link')?.isSymbolicLink()).toBe(true)
    expect(kindOf('pipe')?.isFIFO()).toBe(true)
    expect(kindOf('sock')?.isSocket()).toBe(true)
    expect(kindOf('device')?.isCharacterDevice() ?? false).toBe(isRoot)
    expect((kindOf('tool')?.mode ?? 0) & 0o4000).toBe(0o4000)

    const place = createPlace()
    const { report, results } = await commanded(place, [command(make)], { args: ['--allow', 'run', '--apply'] })
    expect(results[0]).toMatch(/mknod: device: Operation not permitted/)
    for (const line of ['link was not taken over: a symbolic link', 'pipe was not taken over: not a file'])
      expect(report.warnings).toContain(line)
    expect(report.warnings).toContain('sock was not taken over: not a file')
    expect(report.changes?.map(({ path, mode }) => `${mode} ${path}`)).toEqual(['100644 -rf', '100755 tool'])
    expect(lstatSync(join(place.root, 'tool')).mode & 0o7777).toBe(0o755)
    expect(readdirSync(place.root).sort()).toEqual(
      ['-rf', '.env', '.git', '.gitignore', 'a.txt', 'conf', 'node_modules', 'tool'].sort(),
    )
  })
})

/** The processes that have this word on their command line. */
function running(word: string): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(word) ? [Number(pid)] : []
      } catch {
        return []
      }
    })
}

describe.skipIf(!hasSandbox || process.platform !== 'linux')('nothing of a command is left', () => {
  const ways = [
    ['one that ignores signals', (n: string) => `trap "" TERM HUP INT; sleep ${n}; true`],
    ['one in a session of its own', (n: string) => `setsid sleep ${n} & sleep 600`],
    ['one that its parent left', (n: string) => `(nohup sleep ${n} >/dev/null 2>&1 &); exec sleep 600`],
    ['one that is stopped', (n: string) => `sleep ${n} & sleep 0.3; kill -STOP $!; sleep 600`],
    ['one under another name', (n: string) => `(exec -a innocent sleep ${n}) & sleep 600`],
  ] as const
  const numbers = (begin: number) => ways.map((_, at) => String(begin + process.pid * 10 + at))

  test('at its limit, whatever it is', { timeout: 60_000 }, async () => {
    const twins = numbers(1e9)
    const twin = createPlace()
    await Promise.all(ways.map(async ([, line], at) => plainly(twin, line(twins[at] ?? ''), 3000)))
    const left = twins.map((word) => running(word))
    for (const pid of left.flat()) process.kill(pid, 'SIGKILL')
    expect(left.map((pids) => pids.length > 0)).toEqual(ways.map(() => true))

    const ours = numbers(2e9)
    const calls = ways.map(([, line], at) => command(line(ours[at] ?? ''), { timeout: 1 }))
    const { results } = await commanded(createPlace(), calls)
    expect(results.map((result) => result.split('\n')[0])).toEqual(
      ways.map(() => 'it took longer than 1 s and was ended'),
    )
    // The kernel ends what is left in the namespace, which may take it a moment.
    await expect.poll(() => ours.flatMap((word) => running(word)), { timeout: 20_000 }).toEqual([])
  })

  // root's own processes are not counted.
  test.skipIf(isRoot)('a bomb of processes is bounded', { timeout: 60_000 }, async () => {
    const bomb = 'n=0; while sleep 30 & do n=$((n+1)); [ $n -gt 600 ] && break; done 2>&1; echo "started $n"'
    expect(await plainly(createPlace(), `${bomb}; kill $(jobs -p)`)).toContain('started 601')
    const { results } = await commanded(createPlace(), [command(bomb, { timeout: 5 })])
    expect(results[0]).toMatch(/fork|Resource temporarily unavailable/)
  })

  test('a program that asks for an answer gets none', { timeout: 60_000 }, async () => {
    const lines = ['read -r answer; echo "got $answer $?"', 'python3 -i -q', 'git commit --amend; git rebase -i HEAD']
    const { results } = await commanded(
      createPlace(),
      lines.map((line) => command(line, { timeout: 20 })),
    )
    expect(results[0]).toMatch(/^exit 0 after .*\ngot {2}1$/)
    for (const result of results) expect(result).toMatch(/^exit \d+ after /)
  })
})

describe.skipIf(!hasSandbox)('whatever a command prints', () => {
  const steering = `printf '\\033]52;c;TUFSSw==\\a\\033[2J\\302\\233;\\r'`

  test('without an end it is ended, in bounded memory', { timeout: 60_000 }, async () => {
    const lines = ['yes', 'head -c 1000000000 /dev/zero', 'head -c 60000000 /dev/urandom']
    expect(await plainly(createPlace(), 'head -c 60000000 /dev/zero | wc -c')).toContain('60000000')
    const { results, ended } = await commanded(
      createPlace(),
      lines.map((line) => command(line)),
      { env: saysPeak },
    )
    for (const result of results) expect(result).toMatch(/^it printed more than 50 MB and was ended\n/)
    expect(results.join('').length).toBeLessThan(200_000)
    if (isMeasured) expect(peakOf(ended)).toBeLessThan(300)
  })

  test('it steers no terminal, and neither does what comes after its end', { timeout: 60_000 }, async () => {
    // oxlint-disable-next-line no-control-regex
    const steers = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]|\u001b/
    expect(await plainly(createPlace(), steering)).toMatch(steers)
    const { results, ended } = await commanded(createPlace(), [command(`${steering}; (sleep 1; ${steering}) &`)])
    expect(results[0]).toContain('52;c')
    expect(results[0]).not.toMatch(steers)
    expect(ended.stderr).not.toMatch(steers)
  })
})

describe.skipIf(!hasSandbox)('the sandbox is that of the system', () => {
  test('a script of the repository is not taken for it', async () => {
    const place = createPlace()
    const mark = join(place.around, 'mark')
    writeFileSync(join(place.root, 'bwrap'), `#!/bin/sh\n: > '${mark}'\n`)
    chmodSync(join(place.root, 'bwrap'), 0o755)
    const env = { ...place.env, PATH: `${place.root}:.:${process.env['PATH']}` }
    await plainly({ ...place, env }, 'bwrap')
    expect(existsSync(mark)).toBe(true)
    spawnSync('rm', [mark])
    const { stdout } = await localBrain(['doctor'], { cwd: place.root, env })
    expect(stdout).toMatch(/^ok +sandbox +bubblewrap \d/m)
    expect(existsSync(mark)).toBe(false)
  })

  test('where it fails after it worked the run is over, and nothing is run outside', { timeout: 60_000 }, async () => {
    const place = createPlace()
    const [gone, mark] = [join(place.around, 'gone'), join(place.around, 'home/mark')]
    const wrapper = join(place.around, 'wrapper')
    const real = join(place.around, 'real')
    const script = `#!/bin/sh\n[ -e '${gone}' ] && { echo 'bwrap: Creating new namespace failed' >&2; exit 1; }\nexec '${real}' "$@"\n`
    writeFileSync(wrapper, script)
    chmodSync(wrapper, 0o755)
    cpSync('/usr/bin/bwrap', real)
    const through = ['/usr/bin/bwrap', '--dev-bind', '/', '/']
    const hidden = ['--ro-bind', wrapper, '/usr/bin/bwrap', ...program]
    const line = `echo x > '${mark}'; echo worked`
    const server = await ollama([
      reply.calls(command(line)),
      () => {
        writeFileSync(gone, '')
        return reply.calls(command(`${line} again`))
      },
      reply.text('never asked'),
    ])
    const args = ['-s', 'hands', 'do it', '--format', 'json', '--allow', 'run']
    const ended = await localBrain(args, {
      cwd: place.root,
      host: server.url,
      env: place.env,
      through: [...through, ...hidden],
    })
    const told = server.requests[1]?.messages.at(-1)?.content
    expect(told).toMatch(/^exit 0 after .*\nworked/)
    expect(ended).toMatchObject({ code: 3, stdout: expect.stringContaining('"code": "sandbox-failed"') as string })
    expect(server.requests).toHaveLength(2)
    expect(existsSync(mark)).toBe(false)
    await plainly(place, line)
    expect(existsSync(mark)).toBe(true)
  })
})
