// A machine that does something else for most of a second, just when the program begins to wait for its input.
const wait = globalThis.setTimeout
globalThis.setTimeout = (call, ms, ...rest) => {
  if (ms === 500) process.nextTick(() => process.nextTick(blockFor, 900))
  return wait(call, ms, ...rest)
}

function blockFor(ms) {
  const end = Date.now() + ms
  while (Date.now() < end);
}
