import { createServer } from 'node:http'
import { median, program, run, versionOf } from './processes.mjs'

/** Our own time between the end of a reply and the next request, tools left out, and what the first requests weigh. */
export async function measureTurns(nodes, { plain, repository }, { server, environment }) {
  const front = await startFront(server.url)
  const env = { ...environment, OLLAMA_HOST: front.url }
  const measured = []
  for (const node of nodes) {
    const gaps = []
    for (let round = 0; round < 9; round += 1) {
      front.forget()
      const { stdout } = await run([node, program, '-s', 'ask', '--format', 'json', 'turns'], { cwd: repository, env })
      const tools = JSON.parse(stdout).toolCalls
      gaps.push(tools.map(({ ms }, index) => front.asked[index + 1] - front.answered[index] - ms))
    }
    const requests = []
    for (const [name, args] of [
      ['a prompt alone', ['-s', './stream.yaml', 'hello']],
      ['ask', ['hello']],
      ['code-review', ['-s', 'code-review', '-f', 'sample.js', '--no-cache']],
    ]) {
      const before = server.requests.length
      await run([node, program, ...args], { cwd: plain, env })
      const first = server.requests[before]
      requests.push({ name, bytes: JSON.stringify(first).length, tools: first.tools?.length ?? 0 })
    }
    const [first, later] = [0, 1].map((turn) => median(gaps.map((gap) => gap[turn])))
    measured.push({ runner: `Node ${versionOf(node)}`, firstGapMs: first, laterGapMs: later, requests })
  }
  front.close()
  return measured
}

/** Stands before the server and hands each reply over at once, so that what passes between two of them is ours. */
export async function startFront(target) {
  let first
  const asked = []
  const answered = []
  const pass = async (request, response) => {
    first ??= performance.now()
    const parts = []
    for await (const part of request) parts.push(part)
    const isChat = request.url === '/api/chat'
    if (isChat) asked.push(performance.now())
    const reply = await fetch(`${target}${request.url}`, {
      method: request.method,
      headers: { 'content-type': 'application/json' },
      ...(parts.length > 0 && { body: Buffer.concat(parts) }),
    })
    const whole = Buffer.from(await reply.arrayBuffer())
    response.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') })
    response.end(whole, () => isChat && answered.push(performance.now()))
  }
  const front = createServer((request, response) => void pass(request, response))
  await new Promise((done) => front.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${front.address().port}`,
    /** When it was asked anything at all. */
    first: () => first,
    asked,
    answered,
    forget() {
      first = undefined
      asked.length = 0
      answered.length = 0
    },
    close: () => front.close(),
  }
}
