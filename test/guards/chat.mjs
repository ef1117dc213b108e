import { instead, row, weaken } from './row.mjs'

const lines = (name) => ['doors/chat/lines.test.ts', name]
const terminal = (name) => ['doors/chat/terminal.test.ts', name]
const store = (name) => ['store/sessions.test.ts', name]

/** What a conversation without end must never do. */
export const chat = [
  row('13.46', ['core/compact.test.ts', 'what can be shortened no further is not sent'], 'never-over-window'),
  row('13.38', lines('no line gives consent'), 'personal-commands'),
  row('15.4', lines('is kept privately'), 'session-secrets'),
  row('15.2', lines('nothing is asked'), 'step-before-change'),
  row('13.45', store('a torn line'), 'torn-line'),
  row('13.45', terminal('a session of another folder'), 'other-folder'),
  row(
    '15.2',
    terminal('what is saved'),
    weaken('saved-secrets', "redactSecrets(parts.join('\\n\\n'))", "parts.join('\\n\\n')"),
  ),
  row('13.44', terminal('what is saved'), weaken('history-secrets', 'redactSecrets(line)', 'line')),
  row('13.43', terminal('nothing is asked with --no-ask'), 'chat-no-ask'),
  row(
    '13.44',
    terminal('a paste answers no question'),
    instead('paste-is-no-answer', 'const paste = (text: string) => line.write(text)'),
  ),
]
