import { existsSync, realpathSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { LocalBrainError } from '../../errors.ts'
import { findProgram } from '../../workspace/program.ts'
import { type Installed, bindingFile, installedFile, loadInstalled } from './installed.ts'
import type { Found } from './weights.ts'
import { makeFolder } from '../../store/make-folder.ts'

/** The release that was tried, and its binaries: each is one package, and the rest are for graphics cards of some makers. */
const bindingVersion = '3.21.1'
/** Bytes that npm downloads for it, with the packages that it needs. */
export const bindingBytes = 85e6
const binaries: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'mac-x64',
  'darwin-arm64': 'mac-arm64-metal',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
}

type Environment = Readonly<Record<string, string | undefined>>
type Place = { folder: string; environment: Environment; signal: AbortSignal }

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
  const { folder, environment } = place
  const npm = findNpm(environment['PATH'])
  if (npm === undefined) {
    throw new LocalBrainError('not-available', 'There is no npm to install the engine with', {
      hint: `cd ${folder} && npm ${args.join(' ')}`,
    })
  }
  makeFolder(folder, 0o700)
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
  const said = await runNode([npm, ...args], place)
  if (said === undefined && existsSync(bindingFile(folder))) return
  throw new LocalBrainError('not-available', `npm could not install the engine${said ? `: ${said}` : ''}`, {
    hint: `cd ${folder} && npm ${args.join(' ')}`,
  })
}

/** npm is a script of Node's: beside it, below it, or where the PATH leads, outside of the folder that we stand in. */
function findNpm(path: string | undefined): string | undefined {
  const beside = dirname(process.execPath)
  const script = join('node_modules', 'npm', 'bin', 'npm-cli.js')
  const linked = [join(beside, 'npm'), findProgram('npm', path, [process.cwd()]).path ?? '']
    .filter((file) => existsSync(file))
    .map((file) => realpathSync(file))
  return [join(beside, script), join(beside, '..', 'lib', script), ...linked].find(
    (file) => file.endsWith('npm-cli.js') && existsSync(file),
  )
}

/** Runs a script of Node's to its end. Resolves with the end of what it said when it failed. */
async function runNode(args: readonly string[], { folder, environment, signal }: Place): Promise<string | undefined> {
  const { spawn } = process.getBuiltinModule('node:child_process')
  const path = (environment['PATH'] ?? '').split(delimiter).filter((entry) => isAbsolute(entry))
  const env = { ...environment, PATH: [dirname(process.execPath), ...path].join(delimiter) }
  const child = spawn(process.execPath, args, { cwd: folder, env, signal, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).catch((error: Error) => {
    signal.throwIfAborted()
    said = error.message
    return null
  })
  return code === 0 ? undefined : (said.trim().split('\n').at(-1) ?? '')
}

/** From now on this model is the first choice of the embedded engine. Returns how to take that back. */
export async function keep(found: Found, folder: string): Promise<() => Promise<void>> {
  const before = (await loadInstalled(folder)) ?? { models: [] }
  const others = before.models.filter(({ name }) => name !== found.name)
  await write(folder, { models: [found, ...others] })
  return async () => write(folder, before)
}

async function write(folder: string, installed: Installed): Promise<void> {
  await writeFile(installedFile(folder), `${JSON.stringify(installed, null, 2)}\n`, { mode: 0o600 })
}
