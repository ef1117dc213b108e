import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { command } from '../doors/cli/local-brain.ts'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { serve } from '../scripted-ollama/serve.ts'
import { environment } from '../workspace.ts'
import { temporaryFolder } from '../workspace-fixture.ts'

const clients = 50
const seconds = Number(process.env['TORTURE_SECONDS'] ?? 60)

/** Connections to a port that are open at the server's end, as Linux lists them. */
function openAt(port: number): number {
  const own = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  return lines.filter(([, local = '', , state]) => local.endsWith(own) && state === '01').length
}

/** The built server, which runs no tools of its own. */
async function started(host: string, more: string[] = []) {
  const { root } = temporaryFolder({ 'a.txt': 'one\n' })
  const [file = '', ...words] = command
  const args = [...words, 'serve', '--port', '0', '--inject', 'never', '-q', ...more]
  const child = spawn(file, args, { cwd: root, env: { ...environment, HOME: root, OLLAMA_HOST: host } })
  onTestFinished(() => void child.kill('SIGKILL'))
  const url = await new Promise<string>((resolve) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const found = /^Listening on (http:\S+)/.exec(text)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  return { child, url }
}

function peakMb(pid: number | undefined): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

// It takes the minute, whatever time there is.
test.skipIf(process.platform !== 'linux' || seconds < 60)(
  'clients that never read are gone after a minute, and cost no memory until then',
  async () => {
    const words = Array.from({ length: 60_000 }, (_, at) => `${at} `)
    const models = [{ name: 'scripted', contextLength: 262_144 }]
    const ollama = await serve({ models, writes: 'joined', script: () => reply.text(...words) })
    const { child, url } = await started(ollama.url, ['--num-ctx', '262144', '--queue', '60'])
    const port = Number(new URL(url).port)
    const body = JSON.stringify({ model: 'x', stream: true, messages: [{ role: 'user', content: 'Go on.' }] })
    const head = 'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
    for (let client = 0; client < 4; client += 1) {
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body}`),
      )
      socket.on('error', () => undefined)
      onTestFinished(() => void socket.destroy())
    }
    await expect.poll(() => ollama.requests.length, { timeout: 120_000 }).toBe(4)
    expect(openAt(port)).toBeGreaterThan(0)
    await expect.poll(() => openAt(port), { timeout: 200_000, interval: 1000 }).toBe(0)
    expect(peakMb(child.pid)).toBeLessThan(300)
  },
)

// It takes the minute that a body may take.
test.skipIf(seconds < 60)(
  'heads and bodies that come a byte at a time are ended, and a busy engine is told of',
  async () => {
    const ollama = await serve({ script: () => reply.busy() })
    const { url } = await started(ollama.url)
    const head = 'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
    const drip = async (bytes: string) => {
      const began = Date.now()
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
        socket.write(bytes)
        const timer = setInterval(() => socket.write('x'), 200)
        socket.on('close', () => clearInterval(timer))
      })
      onTestFinished(() => void socket.destroy())
      let text = ''
      socket.on('error', () => undefined).on('data', (chunk: Buffer) => (text += chunk.toString()))
      await new Promise((resolve) => socket.on('close', resolve))
      return { status: text.slice(0, 12), seconds: (Date.now() - began) / 1000 }
    }
    const [slowHead, slowBody, busy] = await Promise.all([
      drip(`${head}X: `),
      drip(`${head}Content-Length: 100000\r\n\r\n`),
      fetch(`${url}/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"messages":[{"role":"user","content":"hi"}]}',
      }),
    ])
    expect(slowHead.status).toBe('HTTP/1.1 408')
    expect(slowHead.seconds).toBeLessThan(30)
    expect(slowBody.status).toBe('HTTP/1.1 408')
    expect(slowBody.seconds).toBeLessThan(90)
    expect(busy.status).toBe(503)
    expect(await busy.json()).toMatchObject({ type: 'error', error: { type: 'api_error' } })
  },
)

test.skipIf(process.platform !== 'linux')(
  'fifty clients for a minute: no answer of another, no memory, no connection left',
  async () => {
    const ollama = await serve({
      script: ({ messages }) => reply.text(`answer to ${messages.at(-1)?.content} `, 'x'.repeat(2000)),
    })
    const { child, url } = await started(ollama.url, ['--queue', '60', '--parallel', '4'])
    const until = Date.now() + seconds * 1000
    const counts = { right: 0, wrong: 0, away: 0 }
    const paths = ['/v1/chat/completions', '/v1/messages', '/v1/responses']
    const client = async (number: number) => {
      for (let round = 0; Date.now() < until; round += 1) {
        const content = `q-${number}-${round}-e`
        const messages = [{ role: 'user', content }]
        const body = JSON.stringify({ model: 'x', max_tokens: 900, messages, input: messages, stream: round % 2 === 0 })
        const leave = AbortSignal.timeout(round % 7 === 6 ? 30 : 60_000)
        try {
          const path = paths[(number + round) % paths.length] ?? ''
          const response = await fetch(`${url}${path}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body,
            signal: leave,
          })
          const text = await response.text()
          const others = [...text.matchAll(/q-\d+-\d+-e/g)].filter(([one]) => one !== content)
          if (response.status === 200 && others.length === 0 && text.includes(content)) counts.right += 1
          else if (response.status === 429 || response.status === 529) counts.away += 1
          else counts.wrong += 1
        } catch {
          counts.away += 1
        }
      }
    }
    await Promise.all(Array.from({ length: clients }, async (_, number) => client(number)))
    expect(counts.wrong).toBe(0)
    expect(counts.right).toBeGreaterThan(100)
    const port = Number(new URL(url).port)
    await expect.poll(() => openAt(port), { timeout: 30_000 }).toBe(0)
    console.log(JSON.stringify({ ...counts, peakMb: Math.round(peakMb(child.pid)) }))
    expect(peakMb(child.pid)).toBeLessThan(300)
    const ended = new Promise((resolve) => child.on('close', resolve))
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  },
)
