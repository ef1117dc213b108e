import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const json = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as unknown

// Guard: package.json, `files`. The build is a step of its own, so that nothing runs while others test.
test('the package holds the bundle, its documents and nothing else', () => {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
  })
  const [{ files }] = JSON.parse(output.slice(output.indexOf('['))) as [{ files: { path: string }[] }]
  const paths = files.map(({ path }) => path)
  const rest = paths.filter((path) => !/^(?:dist\/|docs\/[\w/-]+\.md$)/.test(path))
  expect(rest.sort()).toEqual(['LICENSE', 'README.md', 'SECURITY.md', 'package.json'])
  expect(paths).toContain('docs/index.md')
  const kinds = new Set(
    paths
      .filter((path) => path.startsWith('dist/') && path !== 'dist/man/local-brain.1')
      .map((path) => path.replace(/^.*?(\.d\.ts|\.[a-z]+|\/[A-Z]+)$/, '$1')),
  )
  expect(
    [...kinds].every(
      (kind) =>
        ['.js', '.mjs', '.d.ts', '.wasm', '.yaml', '.txt', '.md', '.scm', '.json', '.code'].includes(kind) ||
        /^\/[A-Z]+$/.test(kind),
    ),
  ).toBe(true)
})

// Guard: package.json, no `dependencies`, no `install` scripts of ours; everything is bundled from a locked version.
test('installing it installs nothing else and runs nothing', () => {
  const { dependencies = {}, optionalDependencies = {}, scripts } = json('package.json') as Record<string, object>
  expect({ ...dependencies, ...optionalDependencies }).toEqual({})
  expect(Object.keys(scripts ?? {}).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([])
})

type Locked = { integrity?: string; hasInstallScript?: boolean; dependencies?: Record<string, string> }

// Guard: package-lock.json itself, and .npmrc, which lets no package run anything.
test('what is bundled is locked to a hash, and has no install scripts, down to the last of it', () => {
  const { packages } = json('package-lock.json') as { packages: Record<string, Locked> }
  const names = ['commander', 'fast-glob', 'ignore', 'jsonrepair', 'nunjucks', 'ollama', 'simple-git', 'yaml', 'zod']
  for (const name of names) {
    const found = packages[`node_modules/${name}`]
    expect({ name, locked: found?.integrity?.slice(0, 7), script: found?.hasInstallScript }).toEqual({
      name,
      locked: 'sha512-',
      script: undefined,
    })
    names.push(...Object.keys(found?.dependencies ?? {}).filter((other) => !names.includes(other)))
  }
  expect(names.length).toBeGreaterThan(15)
})
