/** What the process says on its two streams, and the exit code that it ends with. */
export type End = { out: string; err: string; code: number }

export type EndingSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** How the process has to end, whatever it is doing. */
export type Orders = {
  /** `at`: milliseconds since the epoch. */
  limit?: { at: number; end: End }
  signals: Readonly<Record<EndingSignal, End>>
  /** Milliseconds after a signal, where the usual time does not do. */
  patience?: number
}

/** What the thread is started with. */
export type Watched = {
  orders: Orders
  /** Milliseconds that the process has to end in good order, after its time limit and after a signal. */
  patience: { limit: number; signal: number }
  /** The main thread counts them up while it is not busy. */
  beats: Int32Array
  beatMs: number
}
