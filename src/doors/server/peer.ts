import { readFile } from 'node:fs/promises'
import { type Socket, isIPv4 } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** Whether each connection is one of this user. It does not change while it is open. */
const known = new WeakMap<Socket, Promise<boolean>>()

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
 * say whose it is; false for one that it does not list.
 */
export async function isOwnPeer(socket: Socket): Promise<boolean> {
  if (process.platform !== 'linux') return true
  const before = known.get(socket)
  if (before !== undefined) return before
  const looked = look(socket)
  known.set(socket, looked)
  return looked
}

async function look({ remoteAddress = '', remotePort = 0, localPort = 0 }: Socket): Promise<boolean> {
  // The peer's own end: its local port is the one that is remote to us.
  const ports = `:${hex(remotePort)} `
  const other = `:${hex(localPort)} `
  const table = isIPv4(remoteAddress) ? tables : tables.toReversed()
  for (const pause of [0, 5, 20]) {
    if (pause > 0) await delay(pause)
    for (const file of table) {
      const uid = uidIn(await readFile(file, 'utf8').catch(() => ''), ports, other)
      if (uid !== undefined) return uid === process.getuid?.()
    }
  }
  return false
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0')
}

/** `sl local remote state queues timer retransmits uid …`: the user of the line with these two ports. */
function uidIn(table: string, local: string, remote: string): number | undefined {
  for (const line of table.split('\n')) {
    const [, ours = '', theirs = '', , , , , uid] = line.trim().split(/\s+/)
    if (`${ours} `.endsWith(local) && `${theirs} `.endsWith(remote)) return Number(uid)
  }
  return undefined
}
