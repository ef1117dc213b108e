import type { Chat } from '../../app/chat/chat.ts'
import type { Complete } from './read-line.ts'

const maxShown = 40

/** What Tab offers: commands and their words, and paths behind `@`. */
export function createComplete(
  chat: Pick<Chat, 'paths'>,
  commands: readonly { names: readonly string[]; words?: readonly string[] | undefined }[],
): Complete {
  return async (line) => {
    const [, at] = /(?:^|[\s(])@("[^"]*|[^\s"]*)$/.exec(line) ?? []
    if (at !== undefined) return pathsFor(at, chat)
    const [, name = '', blank, word = ''] = /^(\/[a-z?]*)(?:(\s+)(\S*))?$/.exec(line) ?? []
    if (name === '') return [[], line]
    if (blank === undefined) {
      return [commands.flatMap(({ names }) => names).filter((one) => one.startsWith(name)), name]
    }
    const { words = [] } = commands.find(({ names }) => names.includes(name)) ?? {}
    return [words.filter((one) => one.startsWith(word)), word]
  }
}

/** The next part of a path, so that a large folder is not listed whole. */
async function pathsFor(typed: string, chat: Pick<Chat, 'paths'>): Promise<[string[], string]> {
  const start = typed.startsWith('"') ? typed.slice(1) : typed
  const folder = start.includes('/') ? start.slice(0, start.lastIndexOf('/')) : '.'
  const found = (await chat.paths(folder)).filter((path) => path.startsWith(start))
  return [found.slice(0, maxShown).map((path) => (/[\s"]/.test(path) ? `"${path}` : path)), typed]
}
