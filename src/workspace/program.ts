import { accessSync, constants, lstatSync, readlinkSync, statSync } from 'node:fs'
import { delimiter, isAbsolute, parse, resolve, sep } from 'node:path'
import { contains } from './contains.ts'

export type FoundProgram = {
  /** Absolute. */
  path: string | undefined
  /** The first one that was passed over, because what is in the folders could have put it there. */
  refused: string | undefined
}

/** What shells use when there is no PATH. */
const usual = ['/usr/local/bin', '/usr/bin', '/bin'].join(delimiter)

/**
 * Looks for a program in the entries of a PATH that nothing in `folders` can fill: absolute ones, outside of these
 * folders and of every `node_modules`, whatever links they lead through. npm, npx and husky put `node_modules/.bin` of
 * the repository, and of each folder above it, in front of everything else. `folders` are canonical.
 */
export function findProgram(name: string, path: string | undefined, folders: readonly string[]): FoundProgram {
  const file = process.platform === 'win32' ? `${name}.exe` : name
  let refused: string | undefined
  for (const entry of entriesOf(path)) {
    const candidate = `${entry}${sep}${file}`
    if (!isProgram(candidate)) continue
    // guard: program-outside
    if (isOutside(candidate, folders)) return { path: candidate, refused }
    refused ??= candidate
  }
  return { path: undefined, refused }
}

/** The entries of a PATH that `findProgram` looks into, for a program that starts others. */
export function outsidePath(path: string | undefined, folders: readonly string[]): string {
  return entriesOf(path)
    .filter((entry) => isOutside(entry, folders))
    .join(delimiter)
}

function entriesOf(path: string | undefined): string[] {
  return (path || usual).split(delimiter)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** As many links as the system follows. */
const maxLinks = 40

/** Followed step by step: a link inside one of the folders may lead out of it today, and elsewhere tomorrow. */
function isOutside(path: string, folders: readonly string[]): boolean {
  const forbidden = folders.map(folded)
  const partsOf = (text: string) => text.slice(parse(text).root.length).split(sep)
  let at = parse(path).root
  if (!isAbsolute(path)) return false
  let rest = partsOf(path)
  for (let links = 0; rest.length > 0; ) {
    const step = resolve(at, rest.shift() ?? '')
    const name = folded(step)
    if (name.split(sep).includes('node_modules') || forbidden.some((folder) => contains(folder, name))) return false
    at = step
    const target = linkAt(step)
    if (target === undefined) continue
    if (target === null || ++links > maxLinks) return false
    at = isAbsolute(target) ? parse(target).root : resolve(step, '..')
    rest = [...partsOf(target), ...rest]
  }
  return true
}

/** Where a link leads: undefined for what is no link, null where the system does not let us look. */
function linkAt(path: string): string | undefined | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined
  } catch {
    return null
  }
}

/** Some file systems take names in another case for the same. */
function folded(path: string): string {
  return path.normalize('NFC').toLowerCase()
}
