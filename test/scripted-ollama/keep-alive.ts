const unitMs: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }
const fiveMinutes = 300_000
/** Where Ollama's own clock ends. */
const forEver = Date.UTC(2319, 2, 3)

/** The time (epoch ms) until which a model stays: a number means seconds, a string is a Go duration, negative is for ever. */
export function keepAliveUntil(keepAlive: number | string | undefined): number {
  const duration = durationMs(keepAlive)
  return duration < 0 ? forEver : Math.min(Date.now() + duration, forEver)
}

function durationMs(keepAlive: number | string | undefined): number {
  if (keepAlive === undefined) return fiveMinutes
  if (typeof keepAlive === 'number') return keepAlive * 1000
  const sign = keepAlive.startsWith('-') ? -1 : 1
  const parts = [...keepAlive.matchAll(/([\d.]+)(ms|h|m|s)/g)]
  return sign * parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit ?? ''] ?? 0), 0)
}
