import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'local-brain-test-clients')

/** Programs by name, and why one could not be had. */
export type Installed = { program: (name: string) => string | undefined; python: string | undefined; reasons: string[] }

const packages = ['@anthropic-ai/claude-code', '@openai/codex', 'opencode-ai']
/** What npm is not allowed to run by itself: it puts the program of this platform in its place. */
const scripts = ['@anthropic-ai/claude-code/install.cjs', 'opencode-ai/postinstall.mjs']

function run(file: string, args: string[], cwd: string): string | undefined {
  const { status, stderr, error } = spawnSync(file, args, { cwd, encoding: 'utf8', timeout: 600_000 })
  if (status === 0) return undefined
  return `${file} ${args[0]}: ${error?.message ?? stderr.split('\n').slice(-3).join(' ')}`
}

/** Installs the clients once into a cache folder. What can't be had is left out, with its reason. */
export function installClients(): Installed {
  const folder = join(cache, 'npm')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const bin = (name: string) => join(folder, 'node_modules', '.bin', name)
  const reasons: (string | undefined)[] = []
  if (!existsSync(bin('claude'))) {
    for (const name of packages) reasons.push(run('npm', ['install', '--no-audit', '--no-fund', name], folder))
    for (const script of scripts) reasons.push(run(process.execPath, [join('node_modules', script)], folder))
  }
  const venv = join(cache, 'py', 'bin')
  if (!existsSync(join(venv, 'llm'))) {
    reasons.push(run('python3', ['-m', 'venv', 'py'], cache))
    if (existsSync(venv)) reasons.push(run(join(venv, 'pip'), ['install', '-q', 'openai', 'anthropic', 'llm'], cache))
  }
  const program = (name: string) => [bin(name), join(venv, name)].find((file) => existsSync(file))
  const python = existsSync(join(venv, 'llm')) ? join(venv, 'python') : undefined
  return { program, python, reasons: reasons.filter((reason) => reason !== undefined) }
}
