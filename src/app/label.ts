import { posix } from 'node:path'
import type { Unit } from '../input/unit.ts'

/** What a piece is called in a prompt: a part of a file says which, so that the model does not take it for the whole. */
export function partLabel(unit: Unit, form: 'path' | 'name' = 'path'): string {
  const name = form === 'name' ? posix.basename(unit.path) : unit.path
  if (unit.part === undefined) return name
  const { index, of, lines } = unit.part
  return `${name} (lines ${unit.startLine}-${unit.endLine} of ${lines}, part ${index} of ${of})`
}
