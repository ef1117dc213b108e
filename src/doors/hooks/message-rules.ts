import type { Git } from '../../workspace/git/git.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import { loadCommitlint } from './commitlint.ts'

/** The form of a commit message in this repository. */
export type MessageRules = {
  /** `type(scope): subject`; else the subject alone. */
  conventional: boolean
  types: string[]
  /** The only scopes to use. */
  scopes: string[]
  needsScope: boolean
  headerMax: number
  bodyMax: number
  /** A subject without a type begins with a capital letter. */
  capital: boolean
  /** Earlier messages are written in Latin letters. */
  latin: boolean
  /** Subjects of the last commits. */
  recent: string[]
}

/** The types of commitlint's config-conventional. */
const conventionalTypes = 'build chore ci docs feat fix perf refactor revert style test'.split(' ')
const usual = { headerMax: 72, bodyMax: 72 }
/** With fewer commits, there is no style yet. */
const minRecent = 3
const conventionalSubject = /^([a-z]+)(?:\(([^()\s]{1,40})\))?!?: \S/

/** From the commitlint configuration, else from the last commits. Undefined if a rule cannot be kept for certain. */
export async function findMessageRules(workspace: Workspace, git: Git): Promise<MessageRules | undefined> {
  const [config, log] = await Promise.all([loadCommitlint(workspace), recentSubjects(git)])
  if (config?.isUnsupported) return undefined
  const recent = log.slice(0, 10)
  const isConventional = (subject: string) => conventionalSubject.test(subject)
  const used = log.flatMap((subject) => conventionalSubject.exec(subject)?.[2] ?? [])
  const scopes = config?.scope === 'forbidden' ? [] : (config?.scopes ?? [...new Set(used)])
  const needsScope = config?.scope === 'required'
  if (needsScope && scopes.length === 0) return undefined
  return {
    conventional:
      config !== undefined || recent.length < minRecent || recent.filter(isConventional).length * 2 >= recent.length,
    types: config?.types ?? conventionalTypes,
    scopes: scopes.slice(0, 40),
    needsScope,
    headerMax: Math.min(usual.headerMax, config?.headerMax ?? usual.headerMax),
    bodyMax: Math.min(usual.bodyMax, config?.bodyMax ?? usual.bodyMax),
    capital: recent.filter((subject) => /^\p{Lu}/u.test(subject)).length * 2 >= recent.length,
    latin: recent.filter(isLatin).length * 2 >= recent.length,
    recent,
  }
}

export function isLatin(text: string): boolean {
  return !/(?!\p{Script=Latin})\p{Letter}/u.test(text)
}

/** Empty before the first commit. */
async function recentSubjects(git: Git): Promise<string[]> {
  const args = ['log', '--no-merges', '--max-count=100', '--format=%s']
  const output = await git.run(args, { exitCodes: [128] })
  return output.split('\n').filter((subject) => subject !== '' && !/^(fixup|squash|amend)! /.test(subject))
}
