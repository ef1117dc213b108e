import { execFile } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Report } from '../../src/report/report.ts'
import { type Ended, type Invocation, localBrain } from '../doors/cli/local-brain.ts'
import { ollama, reportOf } from '../doors/cli/ollama.ts'
import { type ScriptedOllama, type ScriptedOllamaOptions, reply } from '../scripted-ollama/scripted-ollama.ts'
import { type Files, createFolder, git, write } from '../workspace.ts'

export type Call = { name: string; arguments: Record<string, unknown> }

export const command = (line: string, more: object = {}): Call => {
  return { name: 'run_command', arguments: { command: line, ...more } }
}

const skill = `name: hands
description: has every tool that changes something
access: run
tools: [read_file, edit_file, write_file, delete_file, move_file, replace_definition, run_command, run_python, run_checks]
user_prompt_template: '{{ input }}'
`

/** A repository with secrets, beside a home folder with keys. */
export type Place = { around: string; root: string; env: Record<string, string> }

export function createPlace(files: Files = {}): Place {
  const around = realpathSync(
    createFolder({
      'home/.ssh/id_rsa': 'MARK\n',
      'home/.npmrc': 'MARK\n',
      'home/.config/local-brain/skills/hands/skill.yaml': skill,
      'other/file': 'MARK\n',
    }),
  )
  const root = join(around, 'root')
  write(root, { 'a.txt': 'text\n', '.gitignore': '.env\nnode_modules/\n', ...files })
  git(root, 'init', '-q', '-b', 'main')
  git(root, 'add', '-A')
  git(root, 'commit', '-q', '-m', 'first')
  write(root, { '.env': 'MARK\n', 'conf/server.pem': 'MARK\n', 'node_modules/one/index.js': 'one\n' })
  const env = { HOME: join(around, 'home'), API_TOKEN: 'MARK', SSH_AUTH_SOCK: '/MARK' }
  return { around, root, env }
}

/** The danger: the same line as the person would run it, in a place of its own. Both streams, and whatever its end. */
export async function plainly({ root, env }: Place, line: string, killAfterMs = 20_000): Promise<string> {
  const options = {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
    timeout: killAfterMs,
    killSignal: 'SIGKILL',
    maxBuffer: 256 * 1024 * 1024,
  } as const
  return new Promise((resolve) => {
    execFile('bash', ['-c', line], options, (_, stdout, stderr) => resolve(stdout + stderr))
  })
}

export type Commanded = {
  ended: Ended
  report: Report
  /** What the model was told of each call. */
  results: string[]
  /** All that left the program: what the model was sent, both streams, the log. */
  everything: string
  server: ScriptedOllama
}

type More = Partial<Invocation> & { args?: string[]; wire?: ScriptedOllamaOptions }

/** The built program lets a model make all of these calls, in one reply. */
export async function commanded(
  { root, env }: Place,
  calls: readonly Call[] | ((server: ScriptedOllama) => readonly Call[]),
  { args = ['--allow', 'run'], wire, ...more }: More = {},
): Promise<Commanded> {
  const made = () => reply.calls(...(typeof calls === 'function' ? calls(server) : calls))
  const server: ScriptedOllama = await ollama([made, reply.text('Done.')], wire)
  const log = join(createFolder(), 'log')
  const all = ['-s', 'hands', 'do it', '--format', 'json', '--num-ctx', '65536', '--log-file', log, ...args]
  const ended = await localBrain(all, { cwd: root, host: server.url, ...more, env: { ...env, ...more.env } })
  const told = server.requests[1]?.messages.filter(({ role }) => role === 'tool') ?? []
  const everything = [JSON.stringify(server.requests), ended.stdout, ended.stderr, readFileSync(log, 'utf8')].join('\n')
  return { ended, report: reportOf(ended), results: told.map(({ content }) => content), everything, server }
}

/** Each line with what the model is told of it, run once for all tests of a table. */
export function tried(lines: readonly string[], args?: string[]): (line: string) => Promise<string> {
  let results: Promise<{ results: string[]; everything: string }> | undefined
  return async (line) => {
    results ??= commanded(
      createPlace(),
      lines.map((one) => command(one)),
      { args },
    )
    const { results: told, everything } = await results
    if (everything.includes('MARK')) throw new Error('a secret left the program')
    const result = told[lines.indexOf(line)]
    if (result === undefined) throw new Error(`never run: ${line}`)
    return result
  }
}
