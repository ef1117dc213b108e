import type { Workspace } from '../../workspace/workspace.ts'

/** Names that code of any project may be said to lack: keywords and what languages bring with them. */
const ordinary = new Set(
  `undefined function finally continue default extends implements interface instanceof protected private public override
   abstract readonly volatile synchronized unsigned boolean integer constructor prototype nullptr noexcept namespace template
   NaN Infinity None True False NULL Nil Ok Err Some Result Option Optional Promise Error Exception TypeError RangeError
   ReferenceError SyntaxError AbortError TimeoutError AssertionError ValueError KeyError IndexError AttributeError
   ZeroDivisionError FileNotFoundError RuntimeError StopIteration UnicodeDecodeError OverflowError
   NullPointerException IndexOutOfBoundsException ArrayIndexOutOfBoundsException ClassCastException
   IllegalArgumentException IllegalStateException ConcurrentModificationException NumberFormatException IOException
   Object Array String Number Boolean Function Symbol BigInt Date RegExp Map Set WeakMap WeakSet Iterator
   Vec HashMap HashSet BTreeMap Box Arc Mutex RwLock RefCell
   setTimeout setInterval clearTimeout clearInterval addEventListener removeEventListener
   hasOwnProperty toString parseInt parseFloat isNaN isInteger isFinite encodeURIComponent allSettled
   ENOENT EACCES EEXIST EPERM EISDIR ENOTDIR ECONNREFUSED ECONNRESET ETIMEDOUT EPIPE
   MAX_SAFE_INTEGER MAX_VALUE MIN_VALUE INT_MAX INT_MIN SIZE_MAX`.split(/\s+/),
)

/**
 * True for a name that says something about this project: an underscore, a capital or seven letters, and not a word that
 * every program of its language may use. Only such a name can be an invention.
 */
export function isDistinctive(name: string): boolean {
  return (/[A-Z_$\d]/.test(name) || name.length >= 7) && !ordinary.has(name)
}

/** Answers whether an identifier occurs in the workspace, asking git once per name. Outside a repository it can't tell: true. */
export function knownNames(workspace: Workspace): (name: string) => Promise<boolean> {
  const answers = new Map<string, Promise<boolean>>()
  return (name) => {
    const answer = answers.get(name) ?? occurs(name, workspace)
    answers.set(name, answer)
    return answer
  }
}

async function occurs(name: string, { git, view }: Workspace): Promise<boolean> {
  if (git === null) return true
  const where = view === 'index' ? '--cached' : '--untracked'
  // Nothing found is exit code 1. One file is enough to know.
  const options = { exitCodes: [1], maxBytes: 4096, clip: true }
  const files = await git.run(['grep', where, '-l', '-w', '-F', '-e', name, '--'], options)
  return files !== ''
}
