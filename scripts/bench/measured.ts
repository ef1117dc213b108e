// What is measured from inside.
export { reply, startScriptedOllama } from '../../src/demo/scripted-ollama.ts'
export { ground } from '../../src/findings/ground.ts'
export { readLines } from '../../src/models/wire/ndjson.ts'
export { gather } from '../../src/sources/index.ts'
export { splitUnit } from '../../src/sources/split.ts'
export { openWorkspace } from '../../src/workspace/open.ts'
