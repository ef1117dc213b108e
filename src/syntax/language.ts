/** The grammars that definitions are read with. */
export type Grammar = 'typescript' | 'tsx' | 'javascript' | 'python' | 'go' | 'rust' | 'java' | 'cpp'

const grammars: Record<string, Grammar> = {
  typescript: 'typescript',
  tsx: 'tsx',
  javascript: 'javascript',
  jsx: 'javascript',
  python: 'python',
  go: 'go',
  rust: 'rust',
  java: 'java',
  c: 'cpp',
  cpp: 'cpp',
}

const extensions: Record<string, string> = {
  typescript: 'ts mts cts',
  tsx: 'tsx',
  javascript: 'js mjs cjs',
  jsx: 'jsx',
  python: 'py pyi pyw',
  go: 'go',
  rust: 'rs',
  java: 'java',
  c: 'c h',
  cpp: 'cc cpp cxx c++ hh hpp hxx h++ ipp inl tpp cu cuh ino',
  csharp: 'cs csx',
  kotlin: 'kt kts',
  scala: 'scala sc sbt',
  groovy: 'groovy gradle',
  swift: 'swift',
  objectivec: 'm mm',
  dart: 'dart',
  zig: 'zig',
  ruby: 'rb rake gemspec',
  php: 'php phtml',
  perl: 'pl pm t',
  lua: 'lua',
  r: 'r',
  julia: 'jl',
  haskell: 'hs lhs',
  ocaml: 'ml mli',
  fsharp: 'fs fsi fsx',
  elixir: 'ex exs',
  erlang: 'erl hrl',
  clojure: 'clj cljs cljc edn',
  lisp: 'lisp el scm rkt',
  nim: 'nim',
  solidity: 'sol',
  bash: 'sh bash zsh ksh bats',
  fish: 'fish',
  powershell: 'ps1 psm1 psd1',
  batch: 'bat cmd',
  sql: 'sql',
  graphql: 'graphql gql',
  protobuf: 'proto',
  html: 'html htm xhtml',
  vue: 'vue',
  svelte: 'svelte',
  astro: 'astro',
  css: 'css',
  scss: 'scss',
  less: 'less',
  xml: 'xml xsd xsl xslt svg plist csproj',
  json: 'json jsonc json5 jsonl ndjson',
  yaml: 'yaml yml',
  toml: 'toml',
  ini: 'ini cfg conf properties editorconfig',
  hcl: 'tf tfvars hcl',
  nix: 'nix',
  cmake: 'cmake',
  makefile: 'mk mak',
  markdown: 'md markdown mdx',
  rst: 'rst',
  tex: 'tex sty cls',
  diff: 'diff patch',
  csv: 'csv',
  assembly: 's asm',
}

const names: Record<string, string> = {
  dockerfile: 'dockerfile',
  containerfile: 'dockerfile',
  makefile: 'makefile',
  gnumakefile: 'makefile',
  'cmakelists.txt': 'cmake',
  jenkinsfile: 'groovy',
  rakefile: 'ruby',
  gemfile: 'ruby',
  vagrantfile: 'ruby',
  'go.mod': 'go-mod',
}

const interpreters: [RegExp, string][] = [
  [/^(python|pypy)[\d.]*$/, 'python'],
  [/^(node|nodejs|bun)$/, 'javascript'],
  [/^(deno|tsx|ts-node)$/, 'typescript'],
  [/^(ba|z|k|da)?sh$/, 'bash'],
  [/^ruby[\d.]*$/, 'ruby'],
  [/^perl[\d.]*$/, 'perl'],
  [/^php[\d.]*$/, 'php'],
  [/^lua[\d.]*$/, 'lua'],
  [/^fish$/, 'fish'],
  [/^[gmn]?awk$/, 'awk'],
]

const byExtension = new Map(
  Object.entries(extensions).flatMap(([language, list]) => list.split(' ').map((ext) => [ext, language] as const)),
)

/**
 * The language of a file, as a Markdown fence names it; `text` when nothing tells.
 * The name decides; `content` only matters for its first line, when the name has no extension.
 */
export function languageOf(path: string, content = ''): string {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  const dot = name.lastIndexOf('.')
  const whole = Object.hasOwn(names, name) ? names[name] : undefined
  if (whole !== undefined) return whole
  if (name.startsWith('dockerfile.')) return 'dockerfile'
  const known = dot < 0 ? undefined : byExtension.get(name.slice(dot + 1))
  return known ?? (dot > 0 ? undefined : shebangLanguage(content)) ?? 'text'
}

/** The grammar that reads a language, by the name that `languageOf` gives it. */
export function grammarOf(language: string): Grammar | undefined {
  return Object.hasOwn(grammars, language) ? grammars[language] : undefined
}

function shebangLanguage(content: string): string | undefined {
  const words = /^#![ \t]*([^\r\n]{1,200})/.exec(content)?.[1]?.split(/[ \t]+/) ?? []
  const program = words
    .map((word) => word.slice(word.lastIndexOf('/') + 1))
    .find((word) => word !== 'env' && !word.startsWith('-') && !word.includes('='))
  if (program === undefined) return undefined
  return interpreters.find(([pattern]) => pattern.test(program))?.[1]
}
