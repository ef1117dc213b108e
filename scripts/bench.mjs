// Measures what a person waits for that is not the model. Everything in one run, interleaved, as medians and as ratios to
// bare Node of the same version: only those can be compared between machines. Each Node on the PATH is one of the runners.
//   node scripts/bench.mjs [--node <path>]... [--rounds <n>] [--quick] [--json]
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureGrowth } from './bench/growth.mjs'
import { measureHands } from './bench/hands.mjs'
import { measureParallel } from './bench/parallel.mjs'
import { loadSources } from './bench/sources.mjs'
import { measureStarts } from './bench/starts.mjs'
import { tables } from './bench/table.mjs'

// Where it is set, Node 20 reads every certificate at each start.
delete process.env.NODE_EXTRA_CA_CERTS
if (!existsSync('dist/meta.json')) throw new Error('there is no dist/: npm run build')

const { values } = parseArgs({
  options: {
    node: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '15' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const { quick } = values
const sources = await loadSources()
const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'node'))
const found = [process.execPath, ...values.node, ...onPath].filter((file) => existsSync(file))
const nodes = [...new Set(found.map((file) => realpathSync(file)))]
const starts = await measureStarts({ nodes, rounds: quick ? 1 : Number(values.rounds), sources, quick })
const growth = await measureGrowth({ sources, quick })
const hands = await measureHands({ sources, quick })
const parallel = await measureParallel({ quick })
const result = { schema: 'local-brain.bench/1', ...starts, growth, hands, parallel }
console.log(values.json ? JSON.stringify(result, null, 2) : tables(result))
