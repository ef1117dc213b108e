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

/** What nothing is known about is code: to take code for prose would hide its defects. */
const unknown = 'code'

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
  asciidoc: 'adoc asciidoc asc',
  org: 'org',
  text: 'txt text',
  tex: 'tex sty',
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
  '.bashrc': 'bash',
  '.bash_profile': 'bash',
  '.profile': 'bash',
  '.zshrc': 'bash',
  // Lists that programs read, whatever their ending says.
  'requirements.txt': unknown,
  'constraints.txt': unknown,
  'robots.txt': unknown,
}

/** Texts that everybody knows by their name, with an ending of any kind or without one. */
const proseNames =
  /^(?:licen[cs]e|copying|notice|readme|authors|contributors|contributing|maintainers|change(?:s|log)|history|news|todo)(?:[-._][\w-]*)*$/

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
 * The language of a file, as a Markdown fence names it; `code` when nothing tells.
 * The name decides; `content` matters where the name leaves it open, or says no more than that it is a text.
 */
export function languageOf(path: string, content = ''): string {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  const known = knownByName(name)
  if (known !== undefined && known !== 'text') return known
  if (name.endsWith('.cls') && texClass.test(content)) return 'tex'
  return shebangLanguage(content) ?? known ?? (proseNames.test(name) ? 'text' : unknown)
}

function knownByName(name: string): string | undefined {
  const whole = Object.hasOwn(names, name) ? names[name] : undefined
  if (whole !== undefined) return whole
  if (name.startsWith('dockerfile.')) return 'dockerfile'
  const dot = name.lastIndexOf('.')
  return dot < 0 ? undefined : byExtension.get(name.slice(dot + 1))
}

/** Document classes of TeX share their ending with classes of Apex and Visual Basic. */
const texClass = /^\s*\\(?:ProvidesClass|NeedsTeXFormat|LoadClass|RequirePackage|DeclareOption)\b/m

const proseLanguages = new Set(['markdown', 'rst', 'asciidoc', 'org', 'text'])

/** Whether a language, by the name that `languageOf` gives it, is known to be prose. */
export function isProse(language: string): boolean {
  return proseLanguages.has(language)
}

/** The grammar that reads a language, by the name that `languageOf` gives it. */
export function grammarOf(language: string): Grammar | undefined {
  return Object.hasOwn(grammars, language) ? grammars[language] : undefined
}

/** A program of which nothing but that is known is code, whatever its interpreter. */
function shebangLanguage(content: string): string | undefined {
  const line = /^#![ \t]*([^\r\n]{1,200})/.exec(content)?.[1]
  if (line === undefined) return undefined
  const program = line
    .split(/[ \t]+/)
    .map((word) => word.slice(word.lastIndexOf('/') + 1))
    .find((word) => word !== 'env' && !word.startsWith('-') && !word.includes('='))
  return interpreters.find(([pattern]) => program !== undefined && pattern.test(program))?.[1] ?? unknown
}
