/** Bytes of garbage that may come together between two looks. */
const most = 64 * 1024 * 1024

/**
 * V8 lets garbage grow to a multiple of what is in use before it looks for it; over thousands of parts that is more than
 * a run may take. What this returns is called between two parts and makes it look when much has come together.
 */
export function createSweep(): () => void {
  let inUse = 0
  let collect: (() => void) | undefined
  return () => {
    if (process.memoryUsage().heapUsed < inUse + most) return
    collect ??= collector()
    collect()
    inUse = process.memoryUsage().heapUsed
  }
}

function collector(): () => void {
  try {
    process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc')
    return process.getBuiltinModule('node:vm').runInNewContext('gc') as () => void
  } catch {
    // bun, which the standalone binary runs on, has another engine with other habits.
    return () => undefined
  }
}
