import { userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { LocalBrainError } from '../../errors.ts'
import { type StorePaths, storePaths } from '../../store/paths.ts'
import type { GitEnvironment } from '../../workspace/git/environment.ts'

/** What the environment says. The only place that reads it. */
export type Settings = {
  cwd: string
  paths: StorePaths
  /** OLLAMA_HOST as it stands. */
  host?: string
  /** LOCAL_BRAIN_API_KEY, for an OpenAI-compatible server. */
  key?: string
  /** LOCAL_BRAIN_MODEL. */
  model?: string
  /** OLLAMA_NUM_PARALLEL, when it is a number. */
  parallel?: number
  debug: boolean
  skip: boolean
  /** NO_COLOR and FORCE_COLOR; undefined leaves it to the terminal. */
  color?: boolean
  environment: GitEnvironment
  /** The person's home folder, absolute. */
  home: string
}

export function readSettings(): Settings {
  const { env } = process
  const home = homeFolder(env['HOME'])
  const parallel = Number(env['OLLAMA_NUM_PARALLEL'])
  return {
    cwd: currentFolder(),
    paths: storePaths(env, home),
    host: env['OLLAMA_HOST'] || undefined,
    key: env['LOCAL_BRAIN_API_KEY'] || undefined,
    model: env['LOCAL_BRAIN_MODEL'] || undefined,
    parallel: Number.isInteger(parallel) && parallel > 0 ? Math.min(parallel, 8) : undefined,
    debug: env['LOCAL_BRAIN_DEBUG'] === '1',
    skip: env['LOCAL_BRAIN_SKIP'] === '1',
    color: colorSetting(env),
    environment: env,
    home,
  }
}

function currentFolder(): string {
  try {
    return process.cwd()
  } catch (cause) {
    throw new LocalBrainError('missing-file', 'The current folder was removed', { hint: 'cd to another one', cause })
  }
}

/** Each is set by the runner of some CI service; most set the first one, Azure and TeamCity only their own. */
export const runnerNames = ['CI', 'GITHUB_ACTIONS', 'GITEA_ACTIONS', 'GITLAB_CI', 'TF_BUILD', 'TEAMCITY_VERSION']

/** Whether a CI runner reads what is printed. */
export function isOnRunner(): boolean {
  return runnerNames.some((name) => !/^(?:0|false)?$/i.test(process.env[name] ?? ''))
}

/** When the program was started, in milliseconds since the epoch: a time limit counts from there. */
export function programStart(): number {
  return Date.now() - process.uptime() * 1000
}

/** Never relative: an empty HOME would make the current folder, and so a repository, the place of settings and grants. */
function homeFolder(home: string | undefined): string {
  // guard: absolute-home
  if (home !== undefined && isAbsolute(home)) return home
  try {
    return userInfo().homedir
  } catch {
    return '/nonexistent'
  }
}

/** https://no-color.org: any non-empty NO_COLOR; FORCE_COLOR wins over a pipe, and over NO_COLOR as in Node itself. */
function colorSetting(env: NodeJS.ProcessEnv): boolean | undefined {
  const force = env['FORCE_COLOR']
  if (force !== undefined) return force !== '0' && force !== 'false'
  return env['NO_COLOR'] ? false : undefined
}

export function configFile(paths: StorePaths): string {
  return join(paths.config, 'config.yaml')
}
