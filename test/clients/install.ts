import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
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

/** The file of the Open Responses suite, or why there is none. OPEN_RESPONSES names a checkout that is there already. */
export function openResponses(): { file: string } | { reason: string } {
  const given = process.env['OPEN_RESPONSES']
  const folder = join(cache, 'suite')
  const file = join(folder, 'src', 'lib', 'compliance-tests.ts')
  if (given === undefined && existsSync(file) && existsSync(join(folder, 'node_modules'))) return { file }
  const checkout = given ?? join(cache, 'openresponses')
  const from = 'https://github.com/openresponses/openresponses'
  mkdirSync(cache, { recursive: true })
  const cloned = existsSync(checkout) ? undefined : run('git', ['clone', '--depth', '1', from, checkout], cache)
  if (cloned !== undefined) return { reason: cloned }
  // Without the settings and the packages of its website.
  for (const part of ['lib', 'generated']) {
    cpSync(join(checkout, 'src', part), join(folder, 'src', part), { recursive: true })
  }
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const reason = run('npm', ['install', '--no-audit', '--no-fund', 'zod@3'], folder)
  return reason === undefined ? { file } : { reason }
}

/** The words that start MCP's conformance program, or why it can't be had. It needs Node 22, which npm has too. */
export function mcpConformance(): { words: [file: string, program: string] } | { reason: string } {
  const folder = join(cache, 'mcp')
  const modules = join(folder, 'node_modules')
  const isOld = Number.parseInt(process.versions.node, 10) < 22
  const node = `node-${process.platform}-${process.arch}`
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const wanted = ['@modelcontextprotocol/conformance@0.1.16', ...(isOld ? [`${node}@26`] : [])]
  const reason = run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...wanted], folder)
  if (reason !== undefined) return { reason }
  const file = isOld ? join(modules, node, 'bin', 'node') : process.execPath
  return { words: [file, join(modules, '@modelcontextprotocol', 'conformance', 'dist', 'index.js')] }
}
