import { expect, test } from 'vitest'
import { findWayOut } from '../../../src/doors/hooks/way-out.ts'

test.each([
  ['npm test\nexit 0\n', 'exit 0'],
  ['if [ -n "$CI" ]; then\n  exit 0\nfi\n', 'exit 0'],
  ['[ -n "$CI" ] && exit 0\n', 'exit 0'],
  ['[ -n "$CI" ] && exit\n', 'exit'],
  ['npm test || exit 0\n', 'exit 0'],
  ['test -d node_modules || { echo skipped; exit 0; }\n', 'exit 0'],
  ['case "$1" in x) exit 0;; esac\n', 'exit 0'],
  ['npm test; exit $?\n', 'exit $?'],
  ['npm test\nexit "$status"\n', 'exit "$status"'],
  ['  return\n', 'return'],
  ['exec npm test\n', 'exec'],
  ['  exec ./other "$@"\n', 'exec'],
  ['if true; then exec ./other; fi\n', 'then exec'],
  ['[ -n "$CI" ] && \\\n  exit 0\n', 'exit 0'],
])('%j may end before its last line', (script, way) => {
  expect(findWayOut(script)).toBe(way)
})

test.each([
  'npm test\n',
  'npm test || exit 1\n',
  'npm test || exit\n',
  'npm test || exit $?\n',
  'npm test || exit "$?"\n',
  'if ! npm test; then\n  exit 1\nfi\n',
  '[ -z "$bad" ] || { echo bad; exit 2; }\n',
  '# exit 0 would be wrong here\nnpm test\n',
  'npm test # then exit 0\n',
  'echo "to exit 0 you need luck"\n',
  'check() {\n  [ -f a ] && return 0\n  return 1\n}\ncheck || exit 1\n',
  'exec 2>&1\nexec >/dev/null\nexec 3<&0\n',
  'npm run exit-check\nexit_code=0\n',
])('%j reaches its end or fails', (script) => {
  expect(findWayOut(script)).toBeUndefined()
})
