import type { Workspace } from '../../workspace/workspace.ts'

/** A check that was found in the project, and where. */
export type FoundCheck = { command: string; file: string }

/** How the tests of a project are run, where its files say so; undefined when none of them does. */
export async function findCheck(workspace: Workspace): Promise<FoundCheck | undefined> {
  for (const [file, commandOf] of places) {
    const text = await workspace.read(file).then(
      (found) => found.text,
      () => undefined,
    )
    const command = text === undefined ? undefined : await commandOf(text, workspace)
    if (command !== undefined) return { command, file }
  }
  return undefined
}

type CommandOf = (text: string, workspace: Workspace) => string | undefined | Promise<string | undefined>

/** In this order: what says most about how the tests are run comes first. */
const places: readonly (readonly [file: string, commandOf: CommandOf])[] = [
  ['package.json', scriptOf],
  ['Cargo.toml', () => 'cargo test'],
  ['go.mod', () => 'go test ./...'],
  ['pyproject.toml', () => 'python3 -m pytest -q'],
  ['Makefile', (text) => targetOf(text, 'make')],
  ['justfile', (text) => targetOf(text, 'just')],
]

const lockFiles: readonly (readonly [file: string, run: string])[] = [
  ['pnpm-lock.yaml', 'pnpm test'],
  ['yarn.lock', 'yarn test'],
  ['bun.lock', 'bun run test'],
  ['bun.lockb', 'bun run test'],
]

async function scriptOf(text: string, workspace: Workspace): Promise<string | undefined> {
  const script = testScript(text)
  // What `npm init` writes is no test.
  if (script === undefined || /no test specified/.test(script)) return undefined
  for (const [file, command] of lockFiles) {
    const isThere = await workspace.info(file).then(
      () => true,
      () => false,
    )
    if (isThere) return command
  }
  return 'npm test --silent'
}

function testScript(text: string): string | undefined {
  try {
    const { scripts } = JSON.parse(text) as { scripts?: { test?: unknown } }
    return typeof scripts?.test === 'string' && scripts.test.trim() !== '' ? scripts.test : undefined
  } catch {
    return undefined
  }
}

function targetOf(text: string, program: string): string | undefined {
  const target = ['check', 'test'].find((name) => new RegExp(`^${name}\\b[^:=\\n]*:(?!=)`, 'm').test(text))
  return target === undefined ? undefined : `${program} ${target}`
}
