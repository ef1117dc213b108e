import { escapeLine } from '../text/escape.ts'

/** One changed file, as far as people are told about it. */
export type ShownChange = {
  path: string
  kind: 'create' | 'modify' | 'delete' | 'move'
  from?: string | undefined
  added: number
  removed: number
  binary: boolean
  mode: string
  sensitive: boolean
}

/** `3 files, +41 −7` */
export function changesSummary(changes: readonly ShownChange[]): string {
  const sum = (of: 'added' | 'removed') => changes.reduce((total, change) => total + change[of], 0)
  return `${changes.length} file${changes.length === 1 ? '' : 's'}, +${sum('added')} −${sum('removed')}`
}

const letters = { create: 'A', modify: 'M', delete: 'D', move: 'R' } as const

/** One line for each file: `M src/a.ts +3 −1`, with a mark for what something runs without being asked. */
export function changeLines(changes: readonly ShownChange[], word = escapeLine): string[] {
  return changes.map(({ path, kind, from, added, removed, binary, mode, sensitive }) => {
    const name = from === undefined ? word(path) : `${word(from)} → ${word(path)}`
    const marks = [
      ...(sensitive ? ['runs by itself'] : []),
      ...(kind === 'create' && mode === '100755' ? ['executable'] : []),
    ]
    const size = binary ? 'binary' : `+${added} −${removed}`
    return `${letters[kind]} ${name} ${size}${marks.length > 0 ? ` [${marks.join(', ')}]` : ''}`
  })
}
