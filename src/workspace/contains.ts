import { isAbsolute, relative, sep } from 'node:path'

/** Whether a canonical path is a canonical folder or lies below it. A sibling that starts with the same letters does not. */
export function contains(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}
