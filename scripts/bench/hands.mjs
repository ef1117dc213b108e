import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { median } from './processes.mjs'
import { temporaryFolder } from './sources.mjs'

const env = { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
const { signal } = new AbortController()

/**
 * What a run that may change something costs besides the model: commands in the sandbox, and the copy that it works in.
 * Milliseconds, the median of three, each beside something that git or the shell does with the same files.
 */
export async function measureHands({ sources, quick }) {
  return [...(await commandRows(sources)), ...(await copyRows(sources, quick ? [20, 50] : [500, 20_000]))]
}

async function commandRows({ findSandbox, createCommands }) {
  const own = temporaryFolder()
  const sandbox = await findSandbox({ path: process.env.PATH, folders: [], own }, signal)
  if (!('run' in sandbox)) return []
  const root = temporaryFolder()
  mkdirSync(join(root, 'node_modules'))
  const folder = temporaryFolder()
  const options = { sandbox, root, folder, environment: env, home: join(own, 'home'), cache: join(own, 'cache') }
  const plain = createCommands({ ...options, network: false })
  const withPackages = createCommands({ ...options, network: false, written: join(own, 'written') })
  const command = { line: 'true', in: '.', timeoutMs: 20_000 }
  const alone = async () => execFileSync('bash', ['-c', 'true'])
  return [
    row('a command in the sandbox', await both(() => plain.run(command, signal), alone), 'bash alone'),
    row(
      'the same with a folder to throw away',
      await both(() => withPackages.run(command, signal), alone),
      'bash alone',
    ),
  ]
}

async function copyRows({ openChangeStore, openScratch }, sizes) {
  const rows = []
  for (const files of sizes) rows.push(...(await copyRowsOf(files, { openChangeStore, openScratch })))
  return rows
}

async function copyRowsOf(files, { openChangeStore, openScratch }) {
  const top = repository(files)
  const home = temporaryFolder()
  const paths = { state: join(home, 'state'), cache: join(home, 'cache') }
  const store = await openChangeStore({ top, paths, environment: env })
  const status = async () => git(top, 'status', '--porcelain')
  const name = (what) => `${what} of ${files.toLocaleString('en-US')} files`
  const first = performance.now()
  await (await openScratch(store)).remove()
  const firstMs = performance.now() - first
  const copies = []
  const copied = await both(
    async () => copies.push(await openScratch(store)),
    async () => execFileSync('cp', ['-r', top, join(temporaryFolder(), 'copy')]),
  )
  const [scratch] = copies
  const ended = await both(async () => scratch.snapshot(), status)
  for (const one of copies) await one.remove()
  return [
    row(name('the first copy'), [firstMs, copied[1]], 'cp -r'),
    row(name('a later copy'), copied, 'cp -r'),
    row(name('the snapshot at the end'), ended, 'git status'),
  ]
}

function row(name, [ms, besideMs], beside) {
  return { name, ms, beside, besideMs, ratio: ms / besideMs }
}

/** In turns, so that whatever else the machine does weighs on both. */
async function both(ours, other) {
  const times = [[], []]
  for (let round = 0; round < 3; round += 1) {
    for (const [at, work] of [ours, other].entries()) {
      const started = performance.now()
      await work()
      times[at].push(performance.now() - started)
    }
  }
  return times.map((list) => median(list))
}

function repository(files) {
  const root = temporaryFolder()
  for (let at = 0; at < files; at += 1) {
    const folder = join(root, `d${Math.floor(at / 100)}`)
    if (at % 100 === 0) mkdirSync(folder)
    writeFileSync(join(folder, `f${at}.js`), `export const value${at} = ${at}\n`.repeat(40))
  }
  git(root, 'init', '-q')
  git(root, 'add', '-A')
  git(root, '-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-qm', 'start')
  return root
}

function git(cwd, ...args) {
  execFileSync('git', args, { cwd, env })
}
