// How our sources become programs: rolldown with what each package needs to be bundled well.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { parseAst } from 'rolldown/parseAst'

const root = join(import.meta.dirname, '..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/**
 * Bundles sources and says what each chunk holds. `stages`: by name, sources that make up one file with all that they
 * import statically, so that a run opens few; in their order, each without what an earlier one has.
 */
export async function bundle({ input, dir, format, stages = {}, define = {} }) {
  const found = Object.entries(stages).map(([name, sources]) => ({ name, sources, modules: new Set() }))
  const build = await rolldown(options({ input, format, define, plugins: [built, findModules(found)] }))
  const { output } = await build.write({
    dir,
    format,
    // Node warns when such a file calls `import()` after it was loaded with the code kept for it, and all that is imported
    // from outside of the bundle is Node's own.
    dynamicImportInCjs: false,
    minify: true,
    comments: false,
    chunkFileNames: 'chunks/[name]-[hash].js',
    codeSplitting: {
      groups: found.map(({ name, modules }, place) => ({
        name,
        test: (id) => modules.has(id),
        priority: found.length - place,
      })),
    },
  })
  return output
    .filter(({ type }) => type === 'chunk')
    .map((chunk) => {
      // rolldown's own helpers are required whether one is called or not: a file to open for nothing.
      const unused = /(?<=^(#!.*\n)?)(Object\.defineProperty\([^)]*\))?,?require\("[^"]*rolldown-runtime[^"]*"\);/
      const code = chunk.code.replace(unused, (_, _bang, before = '') => (before === '' ? '' : `${before};`))
      writeFileSync(join(dir, chunk.fileName), code)
      return describe(chunk, code)
    })
}

/** Runs one of our sources now, with what it imports bundled into it. `folder` is where it believes to lie. */
export async function evaluate(source, folder = mkdtempSync(join(tmpdir(), 'local-brain-'))) {
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, `${basename(source)}.mjs`)
  const build = await rolldown(options({ input: join(root, source), format: 'esm' }))
  await build.write({ dir: folder, format: 'esm', entryFileNames: basename(file), chunkFileNames: '[name]-[hash].mjs' })
  return import(pathToFileURL(file).href)
}

function options({ input, format, define, plugins = [] }) {
  return {
    input,
    platform: 'node',
    external: ['chokidar'],
    // Its CommonJS build, which Node's condition names, is one lump that is loaded whole.
    resolve: { alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') } },
    transform: {
      target: 'node20.19',
      define: {
        __VERSION__: JSON.stringify(version),
        // The ollama package tests for it, which makes Node load its whole fetch; our transport has no use for it.
        Headers: 'Map',
        // zod compiles a parser for each schema, which takes longer than the few replies of a run to read.
        'globalThis.__zod_globalConfig': '{ "jitless": true }',
        // tree-sitter.js asks for it as it starts.
        ...(format === 'cjs' ? {} : { __filename: 'import.meta.filename' }),
        ...define,
      },
    },
    plugins: [noPrograms, lateSchemas, ...plugins],
    onLog: (level, log, print) => {
      // What runs once, now, may be in as many files as it likes.
      const isMeant = log.code === 'EVAL' || (log.code === 'INEFFECTIVE_DYNAMIC_IMPORT' && format === 'esm')
      if (!isMeant) print(level, log)
    },
  }
}

/** Of a source named `*.built.ts` the program has the values: what can be known now is not worked out at every start. */
const built = {
  name: 'built',
  async load(id) {
    if (!id.endsWith('.built.ts')) return null
    const values = Object.entries(await evaluate(relative(root, id)))
    const code = values.map(([name, value]) => `export const ${name} = ${literal(value)}`).join('\n')
    return { code, moduleType: 'js' }
  },
}

/** A value as code. Of a large one JSON is read faster than code. */
function literal(value) {
  const json = JSON.stringify(value)
  return json.length < 2000 ? json : `/* @__PURE__ */ JSON.parse(${JSON.stringify(json)})`
}

/**
 * `parameters: z.object({ … })` of a tool becomes a getter, so that a run makes only the schemas of the tools that its
 * model calls. `defineTool` reads them once.
 */
const lateSchemas = {
  name: 'late-schemas',
  transform(code, id) {
    if (!/[\\/]src[\\/]tools[\\/][\w-]+\.ts$/.test(id) || !code.includes('parameters: z.')) return null
    const found = parseAst(code, { lang: 'ts' }).body.flatMap((statement) => propertiesOfTool(statement))
    const [schema] = found.filter(({ key, shorthand }) => key.name === 'parameters' && !shorthand)
    if (schema === undefined) return null
    const text = code.slice(schema.value.start, schema.value.end)
    return `${code.slice(0, schema.start)}get parameters() { return ${text} }${code.slice(schema.end)}`
  },
}

/** Of `export const x = defineTool({ … })`. */
function propertiesOfTool({ declaration }) {
  const calls = declaration?.declarations?.map(({ init }) => init) ?? []
  return calls.flatMap((call) => (call?.callee?.name === 'defineTool' ? call.arguments[0].properties : []))
}

/** commander starts commands that are programs of their own; we have none, so the help need not load what starts them. */
const noPrograms = {
  name: 'no-programs',
  resolveId: (id, importer = '') =>
    /^(node:)?child_process$/.test(id) && /[\\/]commander[\\/]/.test(importer) ? '\0empty' : null,
  load: (id) => (id === '\0empty' ? 'export default {}' : null),
}

/** Fills in, once all sources are read, which of them each stage needs before it can begin. */
function findModules(stages) {
  return {
    name: 'stages',
    buildEnd() {
      for (const { sources, modules } of stages) {
        for (const source of sources) modules.add(join(root, source))
        for (const id of modules) for (const next of this.getModuleInfo(id)?.importedIds ?? []) modules.add(next)
      }
    },
  }
}

/** A chunk as scripts/check-bundle.mjs reads it: paths relative to the project, sizes in bytes. */
function describe({ fileName, imports, modules }, code) {
  return {
    file: fileName,
    bytes: Buffer.byteLength(code),
    imports: imports.filter((name) => code.includes(basename(name))),
    modules: Object.entries(modules)
      .filter(([, { renderedLength }]) => renderedLength > 0)
      .map(([id]) => relative(root, id)),
  }
}
