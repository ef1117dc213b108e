import { lstatSync, readFileSync, readdirSync, symlinkSync, unlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { randomHex } from '../../text/hash.ts'
import { readPlainLine } from './command-line.ts'
import { type Policy, limits } from './policy.ts'
import { runProcess } from './process.ts'
import type { Sandbox } from './sandbox.ts'

/** What a person has to know about every command that runs without a sandbox. */
export const unconfinedWarning =
  'there is no sandbox: a command can read, change and send whatever you can, and works outside of the copy too'

/**
 * No sandbox, for a person who decides to do without. Commands get the same environment and output limits, start in the same
 * folder, and are ended with all that they started, as far as that can be found.
 */
export function noSandbox(): Sandbox {
  return {
    name: 'none',
    isFiltered: false,
    isConfining: false,
    async run(policy, { program, ...request }) {
      const links = linkPackages(policy)
      const mark = `LOCAL_BRAIN_COMMAND=${randomHex(16)}`
      const [name = '', value = ''] = mark.split('=')
      const env = { ...environmentOf(policy), [name]: value }
      const cwd = policy.folder + policy.cwd.slice(policy.root.length)
      const args = ['-c', guarded, 'bash', mark, ...program]
      try {
        return await runProcess({ program: 'bash', args, env, cwd, watched: true, ...request })
      } finally {
        endMarked(mark)
        for (const link of links) unlink(link)
      }
    },
  }
}

/** One simple command of literal words needs no shell: undefined for every other line. */
export async function wordsOf(line: string): Promise<string[] | undefined> {
  const read = await readPlainLine(line)
  return read?.isOne === true ? read.commands[0] : undefined
}

/** Without a network of its own nothing is cut off, so tools need not fail at once; the home folder is the person's. */
function environmentOf({ environment, home }: Policy): Record<string, string> {
  return { ...environment, HOME: home, GIT_CEILING_DIRECTORIES: '/' }
}

/**
 * Waits in the background until this program is gone, which closes descriptor 3, and then ends what the command started:
 * by its group, and by the mark in its environment. The command itself sees nothing of it.
 */
const watch =
  '( ( mark=$1; read -r _ <&3; for one in /proc/[0-9]*; do [ "${one#/proc/}" = "$BASHPID" ] || ' +
  '{ grep -qzxF -- "$mark" "$one/environ" && kill -KILL "${one#/proc/}"; }; done; kill -KILL 0 ) ' +
  '</dev/null >/dev/null 2>&1 & )'

const guarded =
  `${watch}; shift; exec 3<&-; ulimit -n ${limits.openFiles} 2>/dev/null; ` +
  `ulimit -f ${limits.fileKilobytes} 2>/dev/null; ulimit -c 0 2>/dev/null; exec "$@"`

/**
 * Ignored folders of the workspace, such as node_modules, are not in a copy of it: while a command runs, links lead to them.
 * `.git` is left out, since what is written there would be written into the repository itself.
 */
function linkPackages({ folder, root, fixed }: Policy): string[] {
  if (folder === root) return []
  return fixed.flatMap((path) => {
    if (!path.startsWith(`${root}/`) || basename(path) === '.git') return []
    const link = folder + path.slice(root.length)
    try {
      symlinkSync(path, link)
      return [link]
    } catch {
      return []
    }
  })
}

/** A command may have put something else in its place, which stays. */
function unlink(link: string): void {
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink()) unlinkSync(link)
}

/** Ends what left the group of a command. It is known by the mark that it inherited. */
function endMarked(mark: string): void {
  if (process.platform !== 'linux') return
  // What is started while the others are ended is found the next time.
  for (let round = 0; round < 5; round += 1) {
    const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && hasMark(name, mark))
    if (found.length === 0) return
    for (const name of found) end(Number(name))
  }
}

function hasMark(pid: string, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark)
  } catch {
    return false
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone.
  }
}
