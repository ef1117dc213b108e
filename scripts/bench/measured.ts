// What is measured from inside.
export { reply, startScriptedOllama } from '../../test/scripted-ollama/scripted-ollama.ts'
export { ground } from '../../src/tasks/findings/ground.ts'
export { showUnit } from '../../src/tasks/findings/shown.ts'
export { readLines } from '../../src/engines/http/ndjson.ts'
export { gather } from '../../src/input/index.ts'
export { splitUnit } from '../../src/input/split.ts'
export { openWorkspace } from '../../src/workspace/open.ts'
