import { expect, test } from 'vitest'
import { openChat } from '../../src/app/chat/chat.ts'
import type { AgentEvent } from '../../src/core/events.ts'
import { storePaths } from '../../src/store/paths.ts'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { createFolder, createRepository, environment } from '../workspace.ts'
import { ollama, refusals } from '../doors/cli/ollama.ts'

const words = (count: number) => 'word '.repeat(count)
const turns = 200
/** Each of these turns writes a file; the others talk, and every third reads. */
const writes = (turn: number) => turn % 50 === 0
const calls = (turn: number) =>
  writes(turn)
    ? reply.calls({ name: 'write_file', arguments: { path: `note-${turn}.txt`, content: `${words(300)}\n` } })
    : reply.calls({ name: 'read_file', arguments: { path: 'long.txt' } })

test('200 turns in a window of 8k never outgrow it, and the record of changes is right at the end', {
  timeout: 120_000,
}, async () => {
  const server = await ollama(
    ({ messages }) => {
      const last = messages.at(-1)
      const turn = Number(/^turn (\d+)/.exec(last?.content ?? '')?.[1] ?? -1)
      if (last?.content.startsWith('Write notes')) return reply.text(`Goal: go on. ${words(80)}`)
      return turn >= 0 && turn % 5 === 0 ? calls(turn) : reply.text(`Answer. ${words(120)}`)
    },
    { models: [{ name: 'scripted', contextLength: 131_072 }] },
  )
  const root = createRepository({ 'long.txt': `${words(12)}\n`.repeat(90) })
  const events: AgentEvent[] = []
  const request = {
    cwd: root,
    root,
    environment,
    paths: storePaths({}, createFolder()),
    allow: 'write' as const,
    model: { host: server.url, numCtx: 8192 },
  }
  const chat = await openChat(request, {
    emit: (event) => void events.push(event),
    signal: new AbortController().signal,
  })
  for (let turn = 1; turn <= turns; turn += 1) {
    const { stop } = await chat.send(`turn ${turn} ${words(20)}`)
    expect(stop).toBe('answered')
  }
  expect(refusals(server)).toEqual([])
  expect(server.violations).toEqual([])
  expect(
    Math.max(...events.flatMap((event) => (event.type === 'turn_end' ? [event.usage.promptTokens] : []))),
  ).toBeLessThan(8192)
  const compacts = events.filter((event) => event.type === 'compact')
  expect(compacts.filter(({ notes }) => notes !== undefined).length).toBeGreaterThan(3)
  const expected = Array.from({ length: turns / 50 }, (_, at) => `note-${(at + 1) * 50}.txt: created (+1 −0)`)
  expect(chat.changed()).toEqual(expected)
  const notes = chat.messages.find(({ content }) => content.startsWith('[The conversation so far'))?.content ?? ''
  for (const line of expected.slice(0, -1)) expect(notes).toContain(`- ${line}`)
  await chat.close()
})
