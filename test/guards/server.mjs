import { instead, row, weaken } from './row.mjs'

const serverTest = 'hostile/server.test.ts'
const whole = (what) => [serverTest, `an answer that did not come whole is never taken for one ${what}`]

/** Cases 34 to 36: a server that is not there, not well or not honest. */
export const server = [
  row(34, [serverTest, 'it redirects, and no byte follows'], 'redirect'),
  row(35, [serverTest, 'it switches to another protocol, to a run'], 'no-upgrade'),
  row(
    35,
    ['engines/http/transport.test.ts', 'what does not ask the model is not waited for'],
    weaken('quick-silence', 'call.quick === true', 'call.quick === null'),
  ),
  row(35, ['engines/http/transport.test.ts', 'a server that only says that it will reply'], 'information-limit'),
  row('P1', ['engines/chat/learn.test.ts', 'a request that is given up after its first word'], 'look-again'),
  row(
    'P3',
    ['engines/http/transport.test.ts', 'nothing is sent to a machine that a name of this one leads to'],
    'peer-refused',
  ),
  row(
    'P3',
    ['engines/ollama/recall.test.ts', 'it was replaced: what is known of it is asked for anew'],
    instead('recalled-model', 'const model = installed[0]'),
  ),
  row('P6', ['doors/hooks/install.test.ts', 'a script that ends early now and then is not touched'], 'hook-leaves'),
  row(34, [serverTest, 'it lies about what it is'], 'content-type'),
  row(35, [serverTest, 'silence ends with the time limit in the middle'], 'call-aborted', 'last-resort'),
  row(36, whole('the stream ends early'), 'whole-stream'),
  row(36, whole('it was cut'), 'cut-answer'),
  row(36, whole('a line is garbage'), instead('line-json', 'return {}')),
  row(36, whole('half a character'), weaken('line-utf8', 'true', 'false')),
  row(36, whole('an endless line'), 'line-limit'),
  row(36, whole('endless events'), 'stream-limit'),

  row(
    34,
    [serverTest, 'it is asked again, but not for long: the model finds no memory'],
    weaken('remedy-count', '[count]', '[0]'),
  ),
  row(
    34,
    [serverTest, 'it is asked again, but not for long: the model finds no memory'],
    weaken('memory-pause', '6', '60'),
  ),
  row(
    35,
    [serverTest, 'a first word after six minutes is waited for'],
    weaken('patient-start', 'watch.stop()', 'watch.start(300_000, () => request.destroy(silent))'),
  ),
  row(35, [serverTest, 'a first word after six minutes is waited for'], 'idle-limit'),
  row(36, ['hostile/fuzz.test.ts', 'any bytes are read alike however they are cut'], 'line-pieces'),

  // Cases 61 and 62: a server of another kind.
  row(
    61,
    ['engines/openai/engine.test.ts', 'a streamed reply that says only that it is done is never an answer'],
    'whole-reply',
  ),
  row(61, ['engines/openai/engine.test.ts', 'a streamed reply ends where its calls are longer'], 'call-pieces'),
  row(61, ['engines/http/sse.test.ts', 'events without end is refused'], 'event-stream-limit'),
  row(61, ['engines/http/sse.test.ts', 'half a character is refused'], weaken('event-utf8', 'true', 'false')),
  row(
    'P3',
    ['engines/openai/engine.test.ts', 'what is not this machine runs no model of a gateway that is here: gpt-4o'],
    weaken('cloud-owner', '!isElsewhere', 'true'),
  ),
  row(62, ['core/fits.test.ts', 'a number that JSON could not hold again fits nothing'], 'finite-number'),
  row(61, ['engines/chat/pace.test.ts', 'who waits for a turn is let go by an abort'], 'turn-aborted'),
  // The embedded engine.
  row(
    'P8',
    ['engines/embedded/engine.test.ts', 'a model in a process of its own is left at once by an abort'],
    'embedded-aborted',
  ),
  row(
    'P8',
    ['engines/embedded/engine.test.ts', 'is not even begun with when it does not fit'],
    weaken('embedded-memory', 'needed <= free', 'true'),
  ),
  row(
    'P1',
    [
      'engines/embedded/engine.test.ts',
      'the download of weights that is not what was tried is thrown away: something else',
    ],
    'tiny-checksum',
  ),
]
