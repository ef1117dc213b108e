import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../../store/make-folder.ts'

/**
 * A folder that commands may write to although it stays as it is: what they write lies in `written`, one of our own folders on a
 * disk, and they find both together.
 */
export type Overlay = { folder: string; written: string }

/** util-linux takes these for parts of its own list of options. */
const isPlain = (path: string) => /^[^,:\\"'\p{Cc}]+$/u.test(path)

/** One below each other in a new namespace, then the program that follows. Nothing of it is seen outside. */
const putUp =
  'while [ "$1" != -- ]; do ' +
  'mount -t overlay overlay -o "userxattr,lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/seen" || exit 97; ' +
  'shift 2; done; shift; exec "$@"'

const unshare = '/usr/bin/unshare'

/** Where a command finds the content of a folder and what was written to it. */
export function seenIn({ written }: Overlay): string {
  return join(written, 'seen')
}

/** Whether the system has the programs, and an overlay can be named to them. That it works is seen by starting one. */
export function canBeNamed({ folder, written }: Overlay): boolean {
  return isPlain(folder) && isPlain(written) && existsSync(unshare)
}

/** The same program where the overlays are up. */
export function underOverlays(
  overlays: readonly Overlay[],
  program: string,
  args: readonly string[],
): { program: string; args: string[] } {
  for (const { written } of overlays)
    for (const part of ['upper', 'work', 'seen']) makeFolder(join(written, part), 0o700)
  const pairs = overlays.flatMap(({ folder, written }) => [folder, written])
  return {
    program: unshare,
    args: [
      '--user',
      '--map-root-user',
      '--mount',
      '--',
      '/bin/sh',
      '-c',
      putUp,
      'sh',
      ...pairs,
      '--',
      program,
      ...args,
    ],
  }
}
