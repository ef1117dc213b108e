import { lstatSync, type Stats } from 'node:fs'

/**
 * What is at a path, without following a link; undefined when there is nothing. Below a file there is nothing either,
 * which the system calls another error: git may still know a file there, after somebody put a file in a folder's place.
 */
export function entryAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}
