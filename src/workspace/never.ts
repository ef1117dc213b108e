import { isOddName, notAvailable } from './confine.ts'
import { LocalBrainError } from '../errors.ts'
import { isSecret } from './secrets.ts'

// HFS+ leaves these out of a name, so `.g<U+200C>it` is `.git` there. Nobody types them into a name.
const invisible = /[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/

/**
 * A name that nothing new gets: odd ones, those that another system takes for another place (`C:\x`, a stream of
 * NTFS, a blank or a dot at the end), and those with characters that can't be seen.
 */
export function isOddToWrite(path: string): boolean {
  if (isOddName(path) || invisible.test(path) || /[\\:\t\n\r]/.test(path)) return true
  return path.split('/').some((part) => /[ .]$/.test(part) && part !== '.' && part !== '..')
}

/** A name as the least exact file system takes it: without regard to case, width and accents written in two ways. */
function folded(path: string): string {
  return path.normalize('NFKC').toLowerCase()
}

/** What this program keeps below a home folder, where it usually is. */
const ownFolders = /(?:^|\/)(?:\.config|\.cache|\.local\/state)\/local-brain(?:\/|$)/

/**
 * Refuses what is never written, whatever is allowed: `.git` at any depth, secrets, the folder for a repository's skills,
 * what this program keeps.
 * All in the words of a file that does not exist, except for `.git`, since everybody knows that it is there.
 */
export function refuseNever(path: string): void {
  const parts = folded(path).split('/')
  // guard: git-never-written
  if (parts.some((part) => part === '.git' || /^git~\d+$/.test(part))) {
    throw new LocalBrainError('not-available', '.git is read-only; local-brain commits with --branch')
  }
  // guard: secret-never-written
  if (isSecret(path) || isSecret(parts.join('/'))) throw notAvailable(path)
  // guard: skills-never-written
  if (parts.includes('.local-brain')) throw notAvailable(path)
  // guard: own-folders-never-written
  if (ownFolders.test(parts.join('/'))) throw notAvailable(path)
}
