/** What a system says in codes, as the rest of a sentence about a file. */
const words: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ENOTEMPTY: 'it is not empty',
  EEXIST: 'it exists already',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENXIO: 'it is not a file',
  ESPIPE: 'it is not a file',
  EROFS: 'the file system can only be read',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EBUSY: 'something else uses it',
  EFBIG: 'it is larger than a file may be',
  EIO: 'the disk reports an error',
}

/** Why something could not be read, without the code and the path that Node puts around it. */
export function systemWords(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return words[code] ?? message.replace(/^E[A-Z0-9]+: (.+?), \w+(?: '.*)?$/s, '$1')
}

/** The same of a file that was to be written: what is missing then is its folder. */
export function writingWords(error: unknown): string {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'its folder does not exist' : systemWords(error)
}

/** The same with the path, where nobody has named it. */
export function wordsAndPlace(error: unknown): string {
  const { path } = error as NodeJS.ErrnoException
  return `${writingWords(error)}${path === undefined ? '' : ` ("${path}")`}`
}

/** Why a file that a person named could not be read, as a sentence. */
export function unreadableFile(name: string, error: unknown): string {
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
  return isMissing ? `File "${name}" does not exist` : `"${name}" could not be read: ${systemWords(error)}`
}
