import { safeText } from './server-text.ts'

/** What was asked, for error messages: `model` as the person wrote it, `path` below the address. */
export type Asked = { url: string; model?: string; path?: string }

/** How a call fails that no server has answered, or not as HTTP or the engine's protocol says. `text` is safe to show. */
export type HttpFailure = {
  kind: 'unreachable' | 'died' | 'silent' | 'redirected' | 'odd-reply' | 'broken'
  status?: number
  text?: string
  cause?: unknown
}

/** The engine's error for a failure. */
export type Fail = (failure: HttpFailure, asked: Asked) => Error

/** Why node:http rejected. `answering`: part of the reply had already arrived. */
export function socketFailure(error: unknown, answering: boolean): HttpFailure {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  if (answering) return { kind: 'broken', text: 'the connection was lost', cause: error }
  const died = code === 'ECONNRESET' || code === 'EPIPE' || /terminated|socket hang up/.test(message)
  if (code.startsWith('HPE_')) return { kind: 'odd-reply', text: 'not HTTP', cause: error }
  // That nothing listens is the usual case and needs no detail. A wrong name or certificate does.
  const text = code === 'ECONNREFUSED' ? '' : safeText(code)
  return { kind: died ? 'died' : 'unreachable', text, cause: error }
}
