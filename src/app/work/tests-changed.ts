import type { Look } from '../working-copy.ts'
import { targetsOf } from './assignment.ts'
import type { Spec } from './spec.ts'

/**
 * Names of tests and of what says how they are run. A file that is taken for one by mistake costs the work its verdict,
 * until the task names it as one of its files: so these are the names that test runners look for, and no more.
 */
const names = [
  /(?:^|\/)(?:__tests__|__snapshots__|tests?|specs?|e2e|testdata)\//i,
  /(?:^|\/)tests?[._-]|[._-](?:tests?|spec)\./i,
  /(?:Tests?|Spec|IT)\.\w+$/,
  /(?:^|\/)(?:conftest\.py|(?:jest|vitest|vite|karma|playwright|cypress|ava|mocha)[.\w]*\.config\.\w+|\.mocharc[.\w]*|pytest\.ini|tox\.ini|noxfile\.py|phpunit\.xml[.\w]*|\.rspec|Makefile|justfile|Rakefile)$/i,
  // What says how types and style are checked.
  /(?:^|\/)(?:[jt]sconfig[.\w-]*\.json|eslint\.config\.\w+|\.(?:eslint|stylelint|pylint|flake8|rubocop|golangci)[.\w]*|biome\.jsonc?|mypy\.ini|\.?(?:ruff|clippy)\.toml|setup\.cfg|pyproject\.toml|phpstan[.\w]*)$/i,
]

/**
 * New files that a check may owe its success to: settings in which tests can be skipped, a makefile that is read before
 * another one, and modules in the place of those that run tests.
 */
const newNames = [
  /(?:^|\/)(?:conftest\.py|pytest\.ini|\.mocharc[.\w]*|\.rspec|GNUmakefile)$/,
  /^(?:_?pytest|pluggy|unittest|nose2?|doctest|argparse|re|inspect|importlib|traceback|warnings|functools|contextlib|collections|typing|enum|difflib|fnmatch|dataclasses|asyncio|logging|runpy|pkgutil|ast|tokenize|linecache|weakref)(?:\.py|\/__init__\.py)$/,
]

/**
 * The changed files that a check may owe its success to, rather than to the work: tests that were there before, and what
 * says how they are run. Those that the task names as its files are the work.
 */
export function changedTests({ changes }: Look, { targets }: Pick<Spec, 'targets'>, commands: string): string[] {
  const isTarget = targets.length === 0 ? () => false : targetsOf({ targets })
  const isTest = (path: string) => names.some((pattern) => pattern.test(path)) || isScript(path, commands)
  return changes.flatMap(({ path, from = path, kind, sensitive }) => {
    // guard: new-test-settings
    if (kind === 'create') return newNames.some((pattern) => pattern.test(path)) && !isTarget(path) ? [path] : []
    const isPackage = sensitive && /(?:^|\/)package\.json$/i.test(from)
    return (isTest(from) || isPackage) && !isTarget(from) ? [from] : []
  })
}

/** A shell script that a check runs, whatever its name. */
function isScript(path: string, commands: string): boolean {
  return commands.split(/[\s;|&()]+/).some((word) => {
    const name = word.replace(/^(?:\.\/)+/, '')
    return name === path && (word.startsWith('./') || /\.(?:ba|z|k)?sh$/.test(name))
  })
}
