import { parseGlob } from './glob.ts'

/**
 * Files that something else runs or obeys by itself: a change to one is more than a change to text. A glob without `/`
 * or with `**` in front counts at any depth, since editors and agents take any folder for the top of a project.
 */
const table: readonly [glob: string, obeyedBy: string][] = [
  ['**/.github/workflows/**', 'GitHub runs it'],
  ['**/.github/actions/**', 'GitHub runs it'],
  ['**/.gitlab-ci.{yml,yaml}', 'GitLab runs it'],
  ['**/.gitlab/ci/**', 'GitLab runs it'],
  ['**/.circleci/**', 'CircleCI runs it'],
  ['**/azure-pipelines.{yml,yaml}', 'Azure runs it'],
  ['**/bitbucket-pipelines.{yml,yaml}', 'Bitbucket runs it'],
  ['**/jenkinsfile', 'Jenkins runs it'],
  ['**/.{travis,drone,woodpecker,appveyor,cirrus}.{yml,yaml}', 'a CI server runs it'],
  ['**/.{buildkite,woodpecker,semaphore}/**', 'a CI server runs it'],
  ['**/.{gitea,forgejo}/workflows/**', 'a CI server runs it'],
  ['**/.husky/**', 'git runs it as a hook'],
  ['**/.githooks/**', 'git runs it as a hook'],
  ['**/{lefthook,.lefthook,lefthook-local,.lefthook-local}.{yml,yaml,json,toml}', 'git runs it as a hook'],
  ['**/.pre-commit-config.{yml,yaml}', 'git runs it as a hook'],
  ['**/.devcontainer/**', 'editors run it'],
  ['**/.devcontainer.json', 'editors run it'],
  ['**/.vscode/**', 'editors run it'],
  ['**/*.code-workspace', 'editors run it'],
  ['**/.idea/**', 'editors run it'],
  ['**/.zed/**', 'editors run it'],
  ['**/.claude/**', 'agents obey it'],
  ['**/.codex/**', 'agents obey it'],
  ['**/.gemini/**', 'agents obey it'],
  ['**/.cursor/**', 'agents obey it'],
  ['**/.windsurf/**', 'agents obey it'],
  ['**/.opencode/**', 'agents obey it'],
  ['**/.mcp.json', 'agents run it'],
  ['**/.{cursor,windsurf,cline}rules', 'agents obey it'],
  ['**/{claude,claude.local,agents,agents.override,gemini}.md', 'agents obey it'],
  ['**/.github/copilot-instructions.md', 'agents obey it'],
  ['**/.{continue,roo,kiro,junie,amazonq,clinerules}/**', 'agents obey it'],
  ['**/.aider.conf.yml', 'agents obey it'],
  ['**/.github/{instructions,prompts,chatmodes,agents}/**', 'agents obey it'],
  ['**/.{exrc,vimrc,nvimrc,nvim.lua}', 'editors run it'],
  ['**/.dir-locals.el', 'editors run it'],
  ['**/.{gdbinit,lldbinit}', 'debuggers run it'],
  ['**/.cargo/{config,config.toml}', 'cargo obeys it'],
  ['**/.pnpmfile.{cjs,mjs}', 'pnpm runs it'],
  ['**/.yarn/{releases,plugins}/**', 'yarn runs it'],
  ['**/{mise,.mise,mise.local,.mise.local}.toml', 'mise runs it'],
  ['**/.envrc', 'direnv runs it'],
  ['**/.gitmodules', 'git obeys it'],
  ['**/.gitattributes', 'git obeys it'],
  // What makes a folder a repository without a `.git`, and what git obeys in one.
  ['**/{head,commondir}', 'git obeys it'],
  ['**/*.git/{config,config.worktree}', 'git obeys it'],
  ['**/*.git/hooks/**', 'git runs it as a hook'],
  ['**/.{hg,jj,bzr,svn}/**', 'a version control system obeys it'],
]

const rules = table.map(([glob, obeyedBy]) => ({ matches: parseGlob(glob), obeyedBy }))

/** One side of a change: a text, or undefined for a file that is not there. */
type Side = string | undefined

/** What makes a change to this file more than one to text, such as `GitHub runs it`; undefined for an ordinary file. */
export function sensitivityOf(path: string, before: Side, after: Side): string | undefined {
  // A file system may not tell these names apart, and who obeys the file may not either.
  const folded = path.normalize('NFKC').toLowerCase()
  // guard: sensitive-files
  const rule = rules.find(({ matches }) => matches(folded))
  if (rule !== undefined) return rule.obeyedBy
  if (/(?:^|\/)package\.json$/.test(folded) && commandsIn(before) !== commandsIn(after)) return 'npm runs its scripts'
  return undefined
}

/** The part of a package.json that npm runs, in one form. What can't be read is itself, so that any change to it shows. */
function commandsIn(text: Side): string {
  if (text === undefined) return commandsOf({})
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? commandsOf(value) : text
  } catch {
    return text
  }
}

function commandsOf({ scripts = {}, bin = {} }: { scripts?: unknown; bin?: unknown }): string {
  return JSON.stringify([scripts, bin])
}
