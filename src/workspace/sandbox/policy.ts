import type { Overlay } from './overlay.ts'

/** What a command in the sandbox sees, may write and may reach. Every path is absolute. */
export type Policy = {
  /** The folder that a command works on, and where it finds it. They differ when it works on a copy. */
  folder: string
  root: string
  /** Where a command starts: the root or a folder below it. */
  cwd: string
  home: string
  /** Our own folder that is `~/.cache` for commands. Absent: what they put there is gone with each of them. */
  cache?: string | undefined
  /** Read-only besides the system: toolchains below the home folder. */
  readable: readonly string[]
  /** Below the root, read-only: `.git`, our own program and folders. Those that are not there are left out. */
  fixed: readonly string[]
  /** Of those, folders that can be written to all the same, where the system can do so: what is written is thrown away. */
  thrownAway?: readonly Overlay[]
  /** Secrets: files that show as empty, and folders that do. */
  hidden: readonly string[]
  network: boolean
  environment: Readonly<Record<string, string>>
}

/** What of the system a command may read. What is not there is left out. */
export const systemFolders = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt', '/nix']

/** What of it stays hidden from root too: an ordinary user cannot read these files and folders. */
export const systemSecrets = [
  '/etc/shadow',
  '/etc/shadow-',
  '/etc/gshadow',
  '/etc/gshadow-',
  '/etc/sudoers',
  '/etc/sudoers.d',
  '/etc/security/opasswd',
  '/etc/krb5.keytab',
  '/etc/ssl/private',
  '/etc/ssh',
  '/etc/wireguard',
  '/etc/openvpn',
]

export const limits = {
  processes: 512,
  openFiles: 1024,
  /** Of one file, in kilobytes. */
  fileKilobytes: 1024 * 1024,
  /** Of `/tmp`, in bytes. */
  temporaryBytes: 1024 * 1024 * 1024,
}
