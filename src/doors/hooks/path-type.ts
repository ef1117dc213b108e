import { isLockName } from '../../input/data-files.ts'

const kinds: readonly [type: string, pattern: (path: string) => boolean][] = [
  [
    'ci',
    (path) => /^\.github\/(workflows|actions)\/|^\.gitlab-ci|^\.circleci\/|^Jenkinsfile$|azure-pipelines/.test(path),
  ],
  ['test', (path) => /(^|\/)(tests?|__tests__|spec)\/|[._-](test|spec)\.[a-z]+$|(^|\/)test_[^/]+$/i.test(path)],
  ['docs', (path) => /(^|\/)docs?\/|\.(md|rst|adoc)$|(^|\/)(LICENSE|README|CHANGELOG)[^/]*$/i.test(path)],
  ['build', (path) => /(^|\/)package\.json$/.test(path) || isLockName(path)],
]

/** The type that the paths of a change leave no doubt about, whatever a model says; undefined where they do. */
export function typeOfPaths(paths: readonly string[]): string | undefined {
  return kinds.find(([, holds]) => paths.length > 0 && paths.every(holds))?.[0]
}
