/** One timer, restarted for each part of a call. */
export type Watch = { start(ms: number, expire: () => void): void; stop(): void }

export function createWatch(): Watch {
  let timer: NodeJS.Timeout | undefined
  const stop = () => clearTimeout(timer)
  return {
    start(ms, expire) {
      stop()
      timer = setTimeout(expire, ms)
    },
    stop,
  }
}
