import { networkInterfaces } from 'node:os'
import { LocalBrainError } from '../errors.ts'

/**
 * Where the server is. `url` has a port and no trailing slash; `isThisMachine` is decided without asking a name server.
 */
export type Host = { url: string; isThisMachine: boolean }

const hint = '--host http://127.0.0.1:11434'

/**
 * Parses OLLAMA_HOST or `--host` like Ollama's own client (envconfig/config.go, `Host` and `ConnectableHost`). Refuses
 * what that client would misread: user names, unix sockets, other schemes.
 */
export function parseHost(text = ''): Host {
  const bare = text
    .trim()
    .replace(/^["']+|["']+$/g, '')
    .trim()
  const { scheme, rest, defaultPort } = splitScheme(bare)
  const [hostAndPort = '', ...path] = rest.split('/')
  const { host, port } = splitPort(hostAndPort, defaultPort)
  const address = `${scheme}://${host}:${port}/${path.join('/')}`
  if (!URL.canParse(address) || /[?#]/.test(address)) throw unusable(bare)
  const url = new URL(address)
  return {
    url: `${scheme}://${url.hostname}:${port}${url.pathname.replace(/\/+$/, '')}`,
    isThisMachine: isOwnAddress(url.hostname.replace(/^\[|\]$/g, '')),
  }
}

function splitScheme(bare: string): { scheme: string; rest: string; defaultPort: string } {
  const cut = bare.indexOf('://')
  const scheme = cut < 0 ? '' : bare.slice(0, cut).toLowerCase()
  const rest = cut < 0 ? bare : bare.slice(cut + 3)
  if (rest.split('/')[0]?.includes('@')) {
    throw new LocalBrainError('usage', 'The host must not carry a user name or a password', { hint })
  }
  if (scheme === 'http') return { scheme, rest, defaultPort: '80' }
  if (scheme === 'https') return { scheme, rest, defaultPort: '443' }
  if (cut >= 0 || bare.startsWith('/') || /^unix:/i.test(bare)) throw unusable(bare)
  if (bare === 'ollama.com') return { scheme: 'https', rest, defaultPort: '443' }
  return { scheme: 'http', rest, defaultPort: '11434' }
}

function splitPort(text: string, defaultPort: string): { host: string; port: string } {
  const unbracketed = text.replace(/^\[|\]$/g, '')
  if (isSix(unbracketed)) return { host: reachable(unbracketed), port: defaultPort }
  const [, bracketed, plain, port = ''] = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined) throw unusable(text)
  // Like Ollama, use the default instead of an invalid port.
  const isPort = /^\d{1,5}$/.test(port) && Number(port) <= 65_535
  return { host: reachable(host), port: isPort ? String(Number(port)) : defaultPort }
}

/** `0.0.0.0` is often set for the server, which then listens on every address. A client cannot connect to it. */
function reachable(host: string): string {
  if (host === '' || host === '0.0.0.0' || host === '::ffff:0.0.0.0') return '127.0.0.1'
  if (!isSix(host)) return host
  return /^[0:]+$/.test(host) ? '[::1]' : `[${host}]`
}

/** The usual addresses of this machine, told without node:net, which takes the standalone binary milliseconds to load. */
const usual = /^(?:127(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}|::1|localhost)$/i

/** True for an address of this machine, and for its own name. */
export function isOwnAddress(address: string): boolean {
  if (usual.test(address)) return true
  const { BlockList, isIPv4 } = net()
  if (!isIPv4(address) && !isSix(address)) return false
  const own = new BlockList()
  own.addSubnet('127.0.0.0', 8)
  own.addAddress('::1', 'ipv6')
  for (const { address: mine, family } of Object.values(networkInterfaces()).flatMap((list) => list ?? [])) {
    own.addAddress(mine, family === 'IPv6' ? 'ipv6' : 'ipv4')
  }
  return own.check(address, isSix(address) ? 'ipv6' : 'ipv4')
}

/** `isIPv6` compiles a pattern that takes longer than all the rest of a host; no address of this kind has one colon. */
function isSix(text: string): boolean {
  return text.indexOf(':') !== text.lastIndexOf(':') && net().isIPv6(text)
}

const net = () => process.getBuiltinModule('node:net')

function unusable(text: string): LocalBrainError {
  return new LocalBrainError('usage', `Host "${text}" is not an http or https address`, { hint })
}
