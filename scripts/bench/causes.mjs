import { median, run } from './processes.mjs'
import { startFront } from './turns.mjs'

/**
 * Where the time of a run goes that is not the server's, in milliseconds: until the server is asked anything, what is asked
 * before the prompt, between a reply and the next prompt with the tools, and from the last reply to the end.
 */
export async function measureCauses(runners, { plain, repository }, { rounds, server, environment }) {
  const front = await startFront(server.url)
  const env = { ...environment, OLLAMA_HOST: front.url }
  const jobs = [
    { job: 'one answer', args: ['answer in one word'], cwd: plain },
    { job: 'three turns with tools', args: ['-s', 'ask', 'turns'], cwd: repository },
  ]
  const rows = runners.flatMap(({ name, argv }) => jobs.map((job) => ({ ...job, runner: name, argv, parts: [] })))
  for (let round = 0; round <= rounds; round += 1) {
    for (const { argv, args, cwd, parts } of rows) {
      front.forget()
      const started = performance.now()
      await run([...argv, ...args], { cwd, env })
      if (round > 0) parts.push(partsOf(front, started, performance.now()))
    }
  }
  front.close()
  return rows.map(({ runner, job, parts }) => {
    const middle = (name) => median(parts.map((part) => part[name]))
    return {
      runner,
      job,
      own: middle('own'),
      start: middle('start'),
      questions: middle('questions'),
      between: middle('between'),
      end: middle('end'),
    }
  })
}

function partsOf({ first, asked, answered }, started, ended) {
  const between = answered.slice(0, -1).reduce((sum, at, turn) => sum + asked[turn + 1] - at, 0)
  const parts = {
    start: first() - started,
    questions: asked[0] - first(),
    between,
    end: ended - answered.at(-1),
  }
  return { ...parts, own: parts.start + parts.questions + parts.between + parts.end }
}
