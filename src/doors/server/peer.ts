import { readFile } from 'node:fs/promises'
import { type Socket, isIPv4 } from 'node:net'
import { endianness } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'

/** Whether each connection is one of this user. It does not change while it is open. */
const known = new WeakMap<Socket, Promise<boolean | undefined>>()

const tables = ['/proc/net/tcp', '/proc/net/tcp6']

/** True for an address that only this machine reaches. */
export function isLoopback(address = ''): boolean {
  const plain = address.replace(/^::ffff:/i, '')
  return plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'))
}

/** Whether the system says whose a connection is. Linux does. */
export async function canSeePeers(): Promise<boolean> {
  if (process.platform !== 'linux') return false
  const seen = await Promise.all(tables.map(async (table) => readFile(table, 'utf8').catch(() => '')))
  return seen[0] !== ''
}

/**
 * Whether a connection within this machine is one of the user who runs this process. True where the system does not
 * say whose it is; undefined when it says that of other connections, and not of this one, whose other end may be gone.
 */
export async function isOwnPeer(socket: Socket): Promise<boolean | undefined> {
  if (process.platform !== 'linux') return true
  const before = known.get(socket)
  if (before !== undefined) return before
  const looked = look(socket)
  known.set(socket, looked)
  return looked
}

async function look(socket: Socket): Promise<boolean | undefined> {
  const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = socket
  // The peer's own end: its local address is the one that is remote to us.
  const [local, remote] = [listings(remoteAddress, remotePort), listings(localAddress, localPort)]
  const table = isIPv4(remoteAddress) ? tables : tables.toReversed()
  for (const pause of [0, 5, 20]) {
    if (pause > 0) await delay(pause)
    for (const file of table) {
      const uid = uidIn(await readFile(file, 'utf8').catch(() => ''), local, remote)
      if (uid !== undefined) return uid === process.getuid?.()
    }
  }
  return undefined
}

/** `sl local remote state queues timer retransmits uid timeout inode …`: the user of the line with these two ends. */
function uidIn(table: string, local: readonly string[], remote: readonly string[]): number | undefined {
  for (const line of table.split('\n')) {
    const [, ours = '', theirs = '', , , , , uid, , inode] = line.trim().split(/\s+/)
    // What no process holds any more is listed as one of root, whoever opened it.
    // guard: orphaned-peer
    if (inode === '0') continue
    // The port alone is not enough: that of 127.0.0.2 may be another user's.
    // guard: peer-address
    if (local.includes(ours) && remote.includes(theirs)) return Number(uid)
  }
  return undefined
}

/**
 * How Linux lists one end of a connection: four bytes at a time in the order of the machine, and the port. An address of
 * IPv4 is listed as one of IPv6 by a program that uses both.
 */
function listings(address: string, port: number): string[] {
  const plain = address.replace(/^::ffff:/i, '')
  const four = isIPv4(plain) ? plain.split('.').map(Number) : undefined
  const forms = four === undefined ? [bytesOf(plain)] : [four, [...bytesOf('::ffff:0:0').slice(0, 12), ...four]]
  return forms.map((form) => {
    const words = Buffer.from(form)
    if (endianness() === 'LE') words.swap32()
    return `${words.toString('hex')}:${port.toString(16).padStart(4, '0')}`.toUpperCase()
  })
}

/** The sixteen bytes of an address of IPv6. */
function bytesOf(address: string): number[] {
  const [before = [], after = []] = address
    .replace(/%.*/, '')
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after]
    .map((group) => Number.parseInt(group, 16))
    .flatMap((two) => [two >> 8, two & 255])
}
