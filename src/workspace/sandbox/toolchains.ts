import { delimiter, join, relative, sep } from 'node:path'
import { contains } from '../contains.ts'

/** Folders below the home folder that hold compilers, interpreters and what they installed. */
const usual = '.rustup .nvm .pyenv .cargo .volta .asdf .local/share/mise .sdkman .deno .bun go'.split(' ')

/** Files in them that hold credentials. */
const credentials =
  '.cargo/credentials .cargo/credentials.toml .m2/settings.xml .gradle/gradle.properties .npmrc'.split(' ')

/** Folders whose first component says nothing about what is in them. */
const mixed = new Set(['.local', '.config', '.cache', 'bin', '.ssh', '.gnupg', '.aws', '.docker', '.kube'])

/**
 * What a command may read below the home folder, which it does not see otherwise: the first component of every entry
 * of the PATH below it, and the usual toolchains. `hidden` shows as empty files.
 */
export function toolchainsOf(
  home: string,
  path: string | undefined,
  exists: (path: string) => boolean,
): { readable: string[]; hidden: string[] } {
  const entries = (path ?? '').split(delimiter).filter((entry) => entry !== home && contains(home, entry))
  const named = entries.map((entry) => {
    const [first = ''] = relative(home, entry).split(sep)
    // `~/.local/bin` lies beside what is nobody else's business.
    return mixed.has(first) ? entry : join(home, first)
  })
  const readable = [...new Set([...named, ...usual.map((name) => join(home, name))])].filter(exists)
  return { readable: readable.sort(), hidden: credentials.map((name) => join(home, name)).filter(exists) }
}
