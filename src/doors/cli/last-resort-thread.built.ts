import type * as fs from 'node:fs'
import type * as inspector from 'node:inspector'
import type * as os from 'node:os'
import type { End, EndingSignal, Orders, Watched } from './last-resort-orders.ts'

/** Gives a module; the thread is text, and imports nothing. */
type Load = (name: string) => unknown

type Platform = {
  /** Ends the process, whatever its main thread is doing. */
  leave: (code: number) => void
  /** Calls back when a signal arrives. */
  listen: (names: EndingSignal[], onSignal: (name: EndingSignal) => void) => void
}

type Signal = new () => { unref: () => void; start: (number: number) => void; onsignal: () => void }
type Libc = { _exit: (code: number) => void; signal: (number: number, handler: unknown) => unknown }

function onNode(load: Load): Platform {
  const { devNull, constants } = load('node:os') as typeof os
  const { Session } = load('node:inspector') as typeof inspector
  return {
    /** A debugger can interrupt JavaScript and patterns at work. Compiled code that does not return is killed. */
    leave(code) {
      // guard: last-resort-kill
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 130)
      // At its end Node would say on standard error that it waits for the debugger.
      const silence = `const fs = process.getBuiltinModule('fs'); fs.closeSync(2); fs.openSync(${JSON.stringify(devNull)}, 'w')`
      const session = new Session()
      session.connectToMainThread()
      session.post('Runtime.evaluate', { expression: `try { ${silence} } finally { process.reallyExit(${code}) }` })
    },
    listen(names, onSignal) {
      type Internals = { internalBinding: (name: string) => { Signal: Signal } }
      const { Signal } = (load('internal/test/binding') as Internals).internalBinding('signal_wrap')
      for (const name of names) {
        const handle = new Signal()
        handle.unref()
        handle.onsignal = () => onSignal(name)
        handle.start(constants.signals[name])
      }
    },
  }
}

/** The standalone binary runs on bun, which lets us call the C library. */
function onBun(load: Load, { beats, beatMs }: Watched): Platform {
  const { signals } = (load('node:os') as typeof os).constants
  const names: Partial<Record<NodeJS.Platform, string>> = { darwin: 'libSystem.B.dylib', win32: 'msvcrt.dll' }
  const ffi = load('bun:ffi') as { dlopen: (name: string, functions: object) => { symbols: Libc } }
  const { _exit, signal } = ffi.dlopen(names[process.platform] ?? 'libc.so.6', {
    _exit: { args: ['int'], returns: 'void' },
    signal: { args: ['int', 'ptr'], returns: 'ptr' },
  }).symbols
  return {
    leave: _exit,
    /** Only the main thread gets them. While it is busy, they end the process as they end any other. */
    listen(names) {
      let before = -1
      let handlers: unknown[] | undefined
      setInterval(() => {
        const now = Atomics.load(beats, 0)
        if (now === before) handlers ??= names.map((name) => signal(signals[name], null))
        else if (handlers !== undefined) {
          for (const [at, name] of names.entries()) signal(signals[name], handlers[at])
          handlers = undefined
        }
        before = now
      }, beatMs * 3)
    },
  }
}

/** Returns what takes later orders. */
function watch(load: Load, watched: Watched): (orders: Orders) => void {
  const { write } = load('node:fs') as typeof fs
  const { patience } = watched
  let { orders } = watched
  const isBun = process.versions['bun'] !== undefined
  const { leave, listen } = isBun ? onBun(load, watched) : onNode(load)

  let isEnding = false
  const end = ({ out, err, code }: End) => {
    if (isEnding) return
    isEnding = true
    // Writing may hang, too.
    const timer = setTimeout(leave, 180, code)
    const done = () => {
      clearTimeout(timer)
      leave(code)
    }
    write(1, out, () => write(2, err, done))
  }

  let timer: NodeJS.Timeout | undefined
  let signal: { name: EndingSignal; at: number; timer?: NodeJS.Timeout } | undefined
  const endInTime = () => {
    if (signal === undefined) return
    clearTimeout(signal.timer)
    const { name, at } = signal
    signal.timer = setTimeout(() => end(orders.signals[name]), at + (orders.patience ?? patience.signal) - Date.now())
  }
  const obey = (next: Orders) => {
    orders = next
    endInTime()
    clearTimeout(timer)
    const { limit } = orders
    if (limit !== undefined) timer = setTimeout(() => end(limit.end), limit.at + patience.limit - Date.now())
  }
  obey(orders)
  const names = Object.keys(orders.signals) as EndingSignal[]
  // guard: last-resort-signals
  listen(names, (name) => {
    signal ??= { name, at: Date.now() }
    endInTime()
  })
  return obey
}

/** The source of the thread, but for how it begins: `watch` gets the orders, and returns what takes later ones. */
export const thread = [onNode, onBun, watch].map(String).join('\n')
