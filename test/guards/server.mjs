import { gone, row } from './row.mjs'

const serverTest = 'hostile/server.test.ts'
const whole = (what) => [serverTest, `an answer that did not come whole is never taken for one ${what}`]
const reply = (find, replace) => gone('engines/ollama/reply.ts', find, replace)
const ndjson = (find, replace) => gone('engines/http/ndjson.ts', find, replace)

/** Cases 34 to 36: a server that is not there, not well or not honest. */
export const server = [
  row(
    34,
    [serverTest, 'it redirects, and no byte follows'],
    reply('if (status >= 300 && status < 400) throw', 'if (status === 0) throw'),
  ),
  row(
    34,
    [serverTest, 'it lies about what it is'],
    reply('if (status === 200 && !isJson) throw', 'if (status === 0) throw'),
  ),
  row(
    35,
    [serverTest, 'silence ends with the time limit in the middle'],
    gone('engines/http/transport.ts', "call.signal.addEventListener('abort', abort, { once: true })"),
  ),
  row(36, whole('the stream ends early'), reply("throw refuse('it ended before it was done')")),
  row(
    36,
    whole('it was cut'),
    gone('engines/ollama/outcome.ts', "if (doneReason === 'length') return", "if (doneReason === 'never') return"),
  ),
  row(36, whole('a line is garbage'), ndjson("throw refuse('a line of it is not JSON')", 'return {}')),
  row(36, whole('half a character'), ndjson('{ fatal: true }', '{ fatal: false }')),
  row(36, whole('an endless line'), ndjson('if (size > maxLineBytes) throw', 'if (size < 0) throw')),
  row(36, whole('endless events'), reply('if (size > maxStreamBytes) throw', 'if (size < 0) throw')),

  row(
    34,
    [serverTest, 'it is asked again, but not for long: the model finds no memory'],
    gone('engines/ollama/persist.ts', 'remedies[trouble]?.[count]', 'remedies[trouble]?.[0]'),
  ),
  row(
    34,
    [serverTest, 'it is asked again, but not for long: the model finds no memory'],
    gone('engines/ollama/remedies.ts', "'out-of-memory': [{ pause: 6 }]", "'out-of-memory': [{ pause: 60 }]"),
  ),
  row(
    35,
    [serverTest, 'a first word after six minutes is waited for'],
    gone('engines/http/transport.ts', ': watch.stop())', ': watch.start(300_000, () => request.destroy(silent)))'),
  ),
  row(
    35,
    [serverTest, 'a first word after six minutes is waited for'],
    reply("watch.start(idleMs, () => response.destroy(wireError({ kind: 'silent', text }, asked)))"),
  ),
  row(
    36,
    ['hostile/fuzz.test.ts', 'any bytes are read alike however they are cut'],
    ndjson('if (start < chunk.length) take(chunk.subarray(start))'),
  ),
]
