import { seenIn } from './overlay.ts'
import { type Policy, limits, systemFolders, systemSecrets } from './policy.ts'

/** The parts of the machine that decide how the sandbox is put together. */
export type Machine = {
  /** bubblewrap's version: `[0, 8]`. */
  version: readonly [number, number]
  /** What a path leads to without following it: undefined when nothing is there. */
  kindOf: (path: string) => 'file' | 'folder' | { link: string } | undefined
  /** An empty file, to show in place of others. */
  empty: string
  /** Who runs the commands, where it has to be said: in another namespace everybody is root. */
  user?: { uid: number; gid: number }
}

/** The oldest that clears the environment by itself. */
export const oldest = [0, 5] as const

export function isAtLeast([major, minor]: Machine['version'], [wantedMajor, wantedMinor]: Machine['version']): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}

/**
 * The arguments of bubblewrap up to the command. The order counts: a later mount lies on top of an earlier one, so the
 * folder comes after the empty places that it may lie in, and what is hidden in it comes last.
 */
export function argumentsOf(policy: Policy, machine: Machine): string[] {
  return [
    // guard: sandbox-namespaces
    ...words('--unshare-all --unshare-user --die-with-parent --new-session --clearenv'),
    // guard: sandbox-no-namespaces
    ...(isAtLeast(machine.version, [0, 8]) ? ['--disable-userns'] : []),
    // guard: sandbox-network
    ...(policy.network ? ['--share-net'] : []),
    ...(machine.user === undefined ? [] : ['--uid', String(machine.user.uid), '--gid', String(machine.user.gid)]),
    ...systemMounts(policy, machine),
    ...workMounts(policy, machine),
    ...Object.entries(policy.environment).flatMap(([name, value]) => ['--setenv', name, value]),
  ]
}

function systemMounts(policy: Policy, machine: Machine): string[] {
  return [
    ...systemFolders.flatMap((path) => systemMount(path, machine)),
    // guard: sandbox-system-secrets
    ...systemSecrets.flatMap((path) => hide(path, policy, machine)),
    ...words('--proc /proc --dev /dev'),
    ...(isAtLeast(machine.version, [0, 7]) ? ['--size', String(limits.temporaryBytes)] : []),
    ...words('--tmpfs /tmp --tmpfs /run --tmpfs /var --tmpfs'),
    policy.home,
    ...(policy.network ? nameServers(machine) : []),
  ]
}

function workMounts(policy: Policy, machine: Machine): string[] {
  const { folder, root, cwd, home, cache, readable, fixed, hidden, thrownAway = [] } = policy
  const mount = (how: string, path: string) => [how, path, within(path, policy)]
  return [
    ...readable.flatMap((path) => mount('--ro-bind', path)),
    ...(cache === undefined ? [] : ['--bind', cache, `${home}/.cache`]),
    '--bind',
    folder,
    root,
    // guard: sandbox-fixed
    ...fixed.filter((path) => machine.kindOf(path) !== undefined).flatMap((path) => mount('--ro-bind', path)),
    ...thrownAway.flatMap((one) => ['--bind', seenIn(one), within(one.folder, policy)]),
    // guard: sandbox-hidden
    ...hidden.flatMap((path) => hide(path, policy, machine)),
    '--chdir',
    cwd,
  ]
}

function words(text: string): string[] {
  return text.split(' ')
}

function hide(path: string, policy: Policy, machine: Machine): string[] {
  const kind = machine.kindOf(path)
  if (kind === 'folder') return ['--tmpfs', within(path, policy)]
  return kind === 'file' ? ['--ro-bind', machine.empty, within(path, policy)] : []
}

/** Where a command finds a path of the folder that it works on. */
function within(path: string, { folder, root }: Policy): string {
  return path.startsWith(`${folder}/`) ? root + path.slice(folder.length) : path
}

/** `/bin` is a link on most systems, and a folder on the others. */
function systemMount(path: string, { kindOf }: Machine): string[] {
  const kind = kindOf(path)
  if (kind === undefined || kind === 'file') return []
  return kind === 'folder' ? ['--ro-bind', path, path] : ['--symlink', kind.link, path]
}

/** With a network names are looked up where `/etc/resolv.conf` says, which often lies below `/run`. */
function nameServers({ kindOf }: Machine): string[] {
  const kind = kindOf('/etc/resolv.conf')
  if (typeof kind !== 'object') return []
  const target = kind.link.startsWith('/') ? kind.link : `/etc/${kind.link}`
  return ['--ro-bind-try', target, target]
}

// Under dash `ulimit -u` is no limit and no error either, so this is for bash. What cannot be set is left as it is.
const setLimits =
  `ulimit -u ${limits.processes} 2>/dev/null; ulimit -n ${limits.openFiles} 2>/dev/null; ` +
  `ulimit -f ${limits.fileKilobytes} 2>/dev/null; ulimit -c 0 2>/dev/null; ` +
  'echo 1000 2>/dev/null >/proc/self/oom_score_adj; exec "$@"'

/** A program with its arguments, under the limits of the sandbox. */
export function limited(program: readonly string[]): string[] {
  return ['bash', '-c', setLimits, 'bash', ...program]
}
