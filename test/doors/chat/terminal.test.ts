import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { ChatBody } from '../../scripted-ollama/chat-body.ts'
import { hold, reply, type ScriptSource } from '../../scripted-ollama/scripted-ollama.ts'
import { displayWidth } from '../../../src/text/width.ts'
import { createFolder, createRepository } from '../../workspace.ts'
import { ollama } from '../cli/ollama.ts'
import { hasTerminal } from '../cli/terminal.ts'
import { plain, type Screen, screen } from './screen.ts'

const write = (path: string, content: string) =>
  reply.calls({ name: 'file_write', arguments: { filepath: path, content } })
const python = (code: string) => reply.calls({ name: 'run_python', arguments: { code } })
const asked = /\(n\) $/
/** What is typed must not look like one while it is echoed. */
const prompt = /> $/

async function chat(
  script: ScriptSource,
  { root = createFolder({ 'a.txt': 'one\n' }), args = [] as string[], columns = 80, home = createFolder() } = {},
) {
  const server = await ollama(script)
  const terminal = screen(['chat', ...args], root, server.url, { columns, home, env: { NO_COLOR: '1' } })
  await terminal.shows(prompt)
  const said = () => server.requests.map(({ messages }) => messages.at(-1)?.content)
  return { ...terminal, server, root, home, said }
}

async function say(terminal: Screen, keys: string, until: RegExp = prompt): Promise<void> {
  terminal.type(keys)
  await terminal.shows(until)
}

/** A place in a reply to type at: what was typed has reached the program before the reply goes on. */
function pauseToType() {
  const [before, after] = [hold(), hold()]
  return {
    script: [before, 'so far\n', after] as const,
    async type(terminal: Screen, keys: string): Promise<void> {
      terminal.type(keys)
      before.release()
      await terminal.shows(/so far/)
      after.release()
    },
  }
}

const leave = async (terminal: Screen) => {
  terminal.type('\u0004')
  return terminal.ended
}

const fibonacci = 'def fibonacci(n):\n    a, b = 0, 1\n    for _ in range(n):\n        a, b = b, a + b\n    return a\n'

describe.runIf(hasTerminal)('on a terminal', () => {
  test.each([80, 40])('a file is made, tried and asked about, with consent, on %s columns', async (columns) => {
    const root = createRepository({ 'README.md': '# Numbers\n' })
    const terminal = await chat(
      [
        write('fib.py', fibonacci),
        reply.text("I've created **fib.py**."),
        python('from fib import fibonacci; print([fibonacci(i) for i in range(10)])'),
        reply.text('It works.'),
        reply.text('It counts on from the two before.'),
      ],
      { root, columns },
    )
    await say(terminal, 'Create a Python function that calculates fibonacci numbers and save it to fib.py\r', asked)
    await say(terminal, 'y\r')
    expect(readFileSync(join(root, 'fib.py'), 'utf8')).toBe(fibonacci)
    await say(terminal, 'Yes, test it with the first 10 numbers\r', asked)
    await say(terminal, 'y\r')
    await say(terminal, 'how does it work?\r')
    expect(await leave(terminal)).toBe(0)
    const told = terminal.server.requests.at(-1)?.messages.map(({ content }) => content) ?? []
    expect(told.join('\n')).toContain('[0, 1, 1, 2, 3, 5, 8, 13, 21, 34]')
    expect(told.filter((content) => content.startsWith('Error'))).toEqual([])
    const shown = plain(terminal.raw()).replaceAll('\n', '')
    for (const words of ["I've created fib.py.", 'A fib.py +5 −0', '/undo takes that back', 'It works.']) {
      expect(shown).toContain(words)
    }
    // Every request begins with all of the one before, so that the server has read it already.
    const sent = terminal.server.requests.map(({ messages }) => JSON.stringify(messages).slice(0, -1))
    for (const [at, text] of sent.slice(1).entries()) expect(text.startsWith(sent[at] ?? '-')).toBe(true)
  })

  test('a turn is taken back, and the model is told', async () => {
    const root = createRepository({ 'a.txt': 'one\n' })
    const terminal = await chat([write('b.txt', 'b\n'), reply.text('Done.'), reply.text('I see.')], {
      root,
      args: ['--allow', 'write'],
    })
    await say(terminal, 'write b\r')
    await say(terminal, '/diff\r')
    await say(terminal, '/undo\r')
    expect(existsSync(join(root, 'b.txt'))).toBe(false)
    await say(terminal, 'what now?\r')
    await leave(terminal)
    expect(plain(terminal.raw())).toMatch(/\+b\n[^]*b\.txt is as it was before/)
    expect(terminal.said().at(-1)).toBe(
      '[The person took back your changes to b.txt: they are as they were before]\n\nwhat now?',
    )
  })

  test('a command of the person runs in the sandbox, and its output goes before the next message', async () => {
    const terminal = await chat([reply.text('A file.')])
    await say(terminal, '!cat a.txt; echo made >c.txt\r')
    expect(plain(terminal.raw()).match(/exit 0/g)).toHaveLength(1)
    await say(
      terminal,
      '!echo obey > AGENTS.md\r',
      /AGENTS\.md was changed by a command, and something else runs or obeys it/,
    )
    await terminal.shows(prompt)
    await say(terminal, '/undo\r', /AGENTS\.md is as it was before/)
    await terminal.shows(prompt)
    await say(terminal, 'what was that?\r')
    await leave(terminal)
    expect(terminal.said()[0]).toContain(
      '[The person ran `cat a.txt; echo made >c.txt` (exit 0). It printed:]\none\n\n[The person ran `echo obey',
    )
    expect(terminal.said()[0]).toMatch(/are as they were before\]\n\nwhat was that\?$/)
  })

  test('an answer stands whole before what is said of its changes, and many messages leave nothing behind', async () => {
    const command = reply.calls({
      name: 'run_command',
      arguments: { command: 'echo obey > AGENTS.md; ln -s a.txt link; git init -q sub' },
    })
    const more = Array.from({ length: 11 }, () => reply.text('Yes.'))
    const terminal = await chat([command, reply.text('It was made on this machine.'), ...more], {
      args: ['--allow', 'run'],
    })
    await say(terminal, 'make it\r')
    for (const _ of more) await say(terminal, 'really?\r')
    await leave(terminal)
    expect(plain(terminal.raw())).toMatch(/on this machine\.\n! [^]*AGENTS\.md was changed by a command/)
    expect(plain(terminal.raw())).toContain("link can't be taken back: a symbolic link")
    expect(plain(terminal.raw())).toMatch(/a command made in sub was moved to/)
    expect(terminal.raw()).not.toContain('Warning')
  })

  test.each([80, 40])('no word of the help or of a question is broken on %s columns', async (columns) => {
    const script = [reply.calls({ name: 'run_command', arguments: { command: 'npm test' } }), reply.text('No.')]
    const terminal = await chat(script, { columns })
    await say(terminal, '/help\r')
    await say(terminal, 'try it\r', /\[q\]uit\s+\(n\) $/)
    await say(terminal, 'n\r')
    await leave(terminal)
    const lines = plain(terminal.raw()).split('\n')
    const between = (first: string, last: string) => {
      const from = lines.findIndex((line) => line.includes(first))
      return lines.slice(from, lines.findIndex((line, at) => at >= from && line.includes(last)) + 1)
    }
    const shown = [...between('/help /?', 'Ctrl-C'), ...between('[y]es', '[q]uit')]
    expect(shown.length).toBeGreaterThan(15)
    expect(shown.filter((line) => line.trimEnd().length >= columns)).toEqual([])
  })

  test('what commands and events say is broken between words', async () => {
    const columns = 40
    const script = [
      ...['Hi.', 'Yes.', 'No.'].map((text) => reply.text(text)),
      reply.calls({ name: 'run_command', arguments: { command: 'npm test' } }),
      reply.text('Well.'),
      reply.text('Goal: greet.'),
    ]
    const terminal = await chat(script, { columns, args: ['--verbose'] })
    for (const line of [`@a.txt ${'hello '.repeat(150)}`, 'one', 'two']) await say(terminal, `${line}\r`)
    await say(terminal, 'try it\r', asked)
    await say(terminal, 'n\r')
    for (const line of ['/status', '/allow', '/compact', '/resume', '/model']) await say(terminal, `${line}\r`)
    await leave(terminal)
    const lines = plain(terminal.raw()).split('\n')
    const wide = lines.filter((line) => displayWidth(line) > columns && !/^(?:> |→ )/.test(line))
    expect(wide).toEqual([])
    const text = lines.join('\n')
    expect(text).toMatch(/^Window: {2}about \d+ of \d+ tokens\n {9}\(\d+ %\); shortened at 70 %$/m)
    expect(text).toMatch(/^~ the conversation was shortened to\n {2}notes: \d+ → \d+ tokens$/m)
    expect(text.replaceAll(/\s+/g, ' ')).toContain('continues one; its last four characters will do')
  })

  test('files are added by name, which Tab completes', async () => {
    const terminal = await chat([reply.text('One.')], { root: createFolder({ 'alpha.txt': 'first\n' }) })
    terminal.type('what is in @al')
    terminal.type('\t')
    await terminal.shows(/@alpha\.txt/)
    await say(terminal, ' ?\r')
    await leave(terminal)
    expect(terminal.said()[0]).toMatch(/^what is in @alpha\.txt \?\n\nFILE alpha\.txt .*\n--- [0-9a-f]{12}\nfirst\n/)
  })
})

describe.runIf(hasTerminal)('what is typed', () => {
  test('pasted lines are one message and no command, whatever they hold', async () => {
    const terminal = await chat([reply.text('Read.')])
    await say(terminal, '\u001b[200~one\r\n/quit\r\n\u001b[2J"""\u001b[201~', /\[paste 1: 3 lines\]/)
    await say(terminal, ' what is this?\r')
    await leave(terminal)
    expect(terminal.said()).toEqual(['one\n/quit\n\u001b[2J""" what is this?'])
    expect(terminal.raw()).not.toContain('\u001b[2J')
  })

  test('a megabyte that is pasted is one message, and one refusal', async () => {
    const terminal = await chat([reply.text('Still here.')])
    await say(terminal, `\u001b[200~${'line\r'.repeat(200_000)}\u001b[201~`, /lines\]/)
    await say(terminal, '\r', /error: The message has \d+ kB, and 200 kB is the most/)
    await terminal.shows(prompt)
    await say(terminal, 'hello\r')
    await leave(terminal)
    expect(terminal.said()).toEqual(['hello'])
  })

  test('a message of several lines: by a backslash, between quotes, and Ctrl-C leaves one that does not end', async () => {
    const terminal = await chat([reply.text('A.'), reply.text('B.')])
    await say(terminal, 'one \\\r', /… $/)
    await say(terminal, 'two\r')
    await say(terminal, '"""\r', /… $/)
    await say(terminal, '/quit\r', /… $/)
    await say(terminal, '"""\r')
    await say(terminal, '"""never closed\r', /… $/)
    await say(terminal, '\u0003')
    await leave(terminal)
    expect(terminal.said()).toEqual(['one \ntwo', '/quit'])
  })

  test('an unknown command is an error with a hint, and is not sent', async () => {
    const terminal = await chat([])
    await say(terminal, '/udno\r', /error: There is no command \/udno; did you mean \/undo\?\nhint: \/help/)
    await leave(terminal)
    expect(terminal.said()).toEqual([])
  })

  test('lines are remembered, and a broken file of them is none', async () => {
    const home = createFolder()
    const state = join(home, '.local', 'state', 'local-brain')
    mkdirSync(state, { recursive: true })
    writeFileSync(join(state, 'chat-history'), Buffer.from([0, 255, 27, 91, 50, 74, 10, 200]))
    const terminal = await chat([reply.text('A.')], { home })
    await say(terminal, 'remember me\r')
    await leave(terminal)
    expect(readFileSync(join(state, 'chat-history'), 'utf8')).toBe('remember me\n')
    const again = await chat([reply.text('B.')], { home })
    again.type('\u001b[A')
    await again.shows(/remember me/)
    await say(again, '\r')
    await leave(again)
    expect(again.said()).toEqual(['remember me'])
  })
})

describe.runIf(hasTerminal)('Ctrl-C', () => {
  test('stops the model, keeps what was said, and the chat goes on', async () => {
    const still = hold()
    const terminal = await chat([reply.text('It begins\nand goes on\nand', still, ' never ends'), reply.text('Yes.')])
    await say(terminal, 'tell me\r', /and goes on/)
    await say(terminal, '\u0003', /\[stopped\]/)
    await terminal.shows(prompt)
    await say(terminal, 'still there?\r')
    expect(await leave(terminal)).toBe(0)
    const told = terminal.server.requests.at(-1)?.messages.map(({ content }) => content)
    expect(told?.slice(1)).toEqual(['tell me', 'It begins\nand goes on\nand\n[stopped]', 'still there?'])
    still.release()
  })

  test('at a question is a no that stops the turn, and what is typed before a question answers nothing', async () => {
    const pause = pauseToType()
    const terminal = await chat([
      [...reply.text('Let me\nsee\n', ...pause.script), ...write('b.txt', 'b\n')],
      reply.text('Never.'),
    ])
    await say(terminal, 'write b\r', /see/)
    await pause.type(terminal, 'y\ry\r')
    await terminal.shows(asked)
    await say(terminal, '\u0003', /\[stopped\]/)
    await terminal.shows(/> y y *$/)
    terminal.type('\u0015')
    await leave(terminal)
    expect(existsSync(join(terminal.root, 'b.txt'))).toBe(false)
    expect(terminal.server.requests).toHaveLength(1)
  })

  test('clears a line, and twice on an empty one quits', async () => {
    const terminal = await chat([])
    await say(terminal, 'half a thought\u0003')
    await say(terminal, '\u0003', /Ctrl-C once more, Ctrl-D or \/quit ends the chat/)
    await terminal.shows(prompt)
    terminal.type('\u0003')
    expect(await terminal.ended).toBe(130)
  })
})

describe.runIf(hasTerminal)('while it answers', () => {
  test('what is typed is kept for the next message, and sent by Enter there', async () => {
    const pause = pauseToType()
    const terminal = await chat([reply.text('Let me\nsee\n', ...pause.script, 'more.'), reply.text('Four.')])
    await say(terminal, 'count\r', /see/)
    terminal.type('and the \u001b[Alaas')
    await pause.type(terminal, '\u007f\u007fst\r')
    await terminal.shows(/> and the last *$/)
    await say(terminal, 'one\r', /Four\./)
    await terminal.shows(prompt)
    expect(await leave(terminal)).toBe(0)
    expect(terminal.said()).toEqual(['count', 'and the last one'])
  })

  test('a reply that stalls ends with the time limit: its beginning is kept, and the chat goes on', async () => {
    const still = hold()
    const terminal = await chat([reply.text('It begins\nand goes on\nand', still, ' never ends'), reply.text('Yes.')], {
      args: ['--timeout', '5'],
    })
    terminal.type('tell me\r')
    // What is written stays, and the line below it says that the wait goes on.
    await terminal.draws(/and goes on[^]*writing [^\n]*[1-9]\.\d s/)
    await terminal.shows(/and\n+\[not a whole answer: the time limit was reached; \/retry asks/)
    await terminal.shows(prompt)
    await say(terminal, 'still there?\r', /Yes\./)
    await terminal.shows(prompt)
    expect(await leave(terminal)).toBe(0)
    const told = terminal.server.requests.at(-1)?.messages.map(({ content }) => content)
    expect(told?.slice(1)).toEqual(['tell me', 'It begins\nand goes on\nand\n[stopped]', 'still there?'])
    still.release()
  })

  test('a question that the server failed at is the one that /retry asks', async () => {
    let isDown = false
    const script = ({ messages }: ChatBody) =>
      isDown ? reply.error(500, 'llama runner process has terminated') : reply.text(`Yes, ${messages.length}.`)
    const terminal = await chat(script)
    await say(terminal, 'first\r', /Yes, 2\./)
    await terminal.shows(prompt)
    await say(terminal, '!echo seen\r', /\nseen/)
    await terminal.shows(prompt)
    isDown = true
    await say(terminal, 'second\r', /error: [^]*hint: /)
    await terminal.shows(prompt)
    isDown = false
    await say(terminal, '/retry\r', /Yes, 4\./)
    await terminal.shows(prompt)
    expect(await leave(terminal)).toBe(0)
    const told = terminal.server.requests
      .at(-1)
      ?.messages.slice(1)
      .map(({ content }) => content)
    expect(told).toEqual(['first', 'Yes, 2.', expect.stringMatching(/seen[^]*\n\nsecond$/)])
  })

  test('an alias of the configuration names a model', async () => {
    const home = createFolder({ '.config/local-brain/config.yaml': 'aliases: { same: scripted }\n' })
    const terminal = await chat([reply.text('Hello.')], { home })
    await say(terminal, '/model same\r', /Model: scripted/)
    expect(await leave(terminal)).toBe(0)
  })
})

describe.runIf(hasTerminal)('a person', () => {
  test('Ctrl-D at a question is a no, and when the terminal goes away nothing waits for an answer', async () => {
    const root = createFolder()
    const script = [write('b.txt', 'b\n'), reply.text('I see.'), write('c.txt', 'c\n')]
    const terminal = await chat(script, { root, args: ['--root', root] })
    await say(terminal, 'write b\r', asked)
    await say(terminal, '\u0004')
    expect(terminal.server.requests[1]?.messages.at(-1)?.content).toMatch(/^Error: the person said no/)
    await say(terminal, 'write c\r', asked)
    terminal.hangUp()
    await vi.waitFor(() => expect(spawnSync('pgrep', ['-f', root]).status).toBe(1), { timeout: 20_000, interval: 200 })
    expect([existsSync(join(root, 'b.txt')), existsSync(join(root, 'c.txt'))]).toEqual([false, false])
  })

  test('a paste answers no question', async () => {
    const terminal = await chat([write('b.txt', 'b\n'), reply.text('Done.')])
    await say(terminal, 'write b\r', asked)
    terminal.type('\u001b[200~y\u001b[201~')
    await say(terminal, '\r')
    await leave(terminal)
    expect(existsSync(join(terminal.root, 'b.txt'))).toBe(false)
  })

  test('nothing is asked with --no-ask, and what is not allowed is not offered', async () => {
    const terminal = await chat([reply.text('Fine.')], { args: ['--no-ask'] })
    await say(terminal, 'hello\r')
    await leave(terminal)
    expect(JSON.stringify(terminal.server.requests[0]?.tools)).not.toContain('write_file')
  })

  test('a terminal that knows no codes gets none', async () => {
    const server = await ollama([reply.text('It is **a**.')])
    const terminal = screen(['chat'], createFolder(), server.url, { env: { TERM: 'dumb' } })
    await terminal.shows(prompt)
    await say(terminal, 'what is it?\r', /It is a\./)
    await terminal.shows(prompt)
    expect(await leave(terminal)).toBe(0)
    expect(terminal.raw()).not.toContain('\u001b')
  })

  test('a chat that goes on says after what, and shows ids of a diff as git does', async () => {
    const root = createRepository({ 'a.txt': 'one\n' })
    const home = createFolder()
    const first = await chat([write('b.txt', 'b\n'), reply.text('B.')], { root, home, args: ['--allow', 'write'] })
    await say(first, 'write b\r')
    await say(first, '/diff\r', /index 0{7}\.\.[0-9a-f]{7}\n/)
    await first.shows(prompt)
    await leave(first)
    const second = await chat([], { root, home, args: ['-c'] })
    await leave(second)
    expect(plain(second.raw())).toContain('/help lists what you can type.\nContinues after: write b\n')
  })

  test('a session of another folder is gone on with only when the person agrees', async () => {
    const home = createFolder()
    const first = await chat([reply.text('One.')], { home })
    await say(first, 'about the first folder\r')
    await leave(first)
    const [id = ''] = idsIn(home)
    const second = await chat([reply.text('Two.')], { home })
    await say(second, `/resume ${id}\r`, asked)
    await say(second, '\r')
    await say(second, 'hello\r')
    await leave(second)
    // A long name of a temporary folder is broken where the line ends.
    const joined = plain(second.raw()).replaceAll(/\s+/g, '')
    expect(joined).toContain(`Thatsessionisabout${first.root}.Continueithere?`)
    expect(second.server.requests[0]?.messages.map(({ content }) => content).slice(1)).toEqual(['hello'])
  })

  test('a session that is not there is told with what can be typed in a chat', async () => {
    const terminal = await chat([])
    await say(terminal, '/resume nope\r')
    await leave(terminal)
    expect(plain(terminal.raw())).toMatch(/There is no session "nope"[^]*\/resume lists the sessions of this folder/)
  })

  test('what is saved or remembered has no secrets in it, and is read back as Markdown', async () => {
    const key = `sk-ant-api03-${'a1B2'.repeat(20)}AA`
    const terminal = await chat([reply.text('Keep it **safe**.')])
    await say(terminal, `my key is ${key}\r`)
    await say(terminal, '/save talk.md\r')
    await leave(terminal)
    const saved = readFileSync(join(terminal.root, 'talk.md'), 'utf8')
    expect(saved).toMatch(/^## You\n\nmy key is [^]*## local-brain\n\nKeep it \*\*safe\*\*\.\n$/)
    const history = readFileSync(join(terminal.home, '.local', 'state', 'local-brain', 'chat-history'), 'utf8')
    for (const text of [saved, history]) expect(text).not.toContain(key)
  })

  test('works in a copy until the changes are applied', async () => {
    const root = createRepository({ 'a.txt': 'one\n' })
    const script = [write('b.txt', 'b\n'), reply.text('B.'), write('c.txt', 'c\n'), reply.text('C.')]
    const terminal = await chat(script, { root, args: ['--scratch', '--allow', 'write'] })
    await say(terminal, 'write b\r')
    await say(terminal, 'write c\r')
    await say(terminal, '/undo\r')
    expect(existsSync(join(root, 'b.txt'))).toBe(false)
    await say(terminal, '/apply\r')
    await leave(terminal)
    expect([readFileSync(join(root, 'b.txt'), 'utf8'), existsSync(join(root, 'c.txt'))]).toEqual(['b\n', false])
  })
})

function idsIn(home: string): string[] {
  const top = join(home, '.local', 'state', 'local-brain', 'sessions')
  return readdirSync(top).flatMap((project) =>
    readdirSync(join(top, project)).map((name) => name.replace('.jsonl', '')),
  )
}
