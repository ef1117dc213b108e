// Loaded into the program: what happens every ten seconds or more happens a hundred times as often.
const every = globalThis.setInterval
globalThis.setInterval = (run, ms, ...more) => every(run, ms >= 10_000 ? ms / 100 : ms, ...more)
