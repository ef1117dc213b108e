import { free, go, script, type Spacing } from './spacing.ts'
import type { Grammar } from './tags.ts'

/** What nothing is known about is code: to take code for prose would hide its defects. */
const unknown = 'code'

/** What is known about a language: how its files are called, and how they are read. */
type Language = {
  extensions?: string
  /** Whole names of files, in small letters. */
  names?: string
  isProse?: boolean
  /** The programs that a first line `#!` calls. */
  interpreters?: RegExp
  grammar?: Grammar
  /** Stands between a definition and what lies in it; `.` unless said. */
  separator?: string
  /** Only where white space outside of literals and comments is known to mean nothing, or when it does. */
  spacing?: Spacing
}

/** By the name that a Markdown fence has for it. */
const languages: Record<string, Language> = {
  typescript: {
    extensions: 'ts mts cts',
    interpreters: /^(deno|tsx|ts-node)$/,
    grammar: 'typescript',
    spacing: script,
  },
  tsx: { extensions: 'tsx', grammar: 'tsx', spacing: script },
  javascript: { extensions: 'js mjs cjs', interpreters: /^(node|nodejs|bun)$/, grammar: 'javascript', spacing: script },
  jsx: { extensions: 'jsx', grammar: 'javascript', spacing: script },
  python: { extensions: 'py pyi pyw', interpreters: /^(python|pypy)[\d.]*$/, grammar: 'python' },
  go: { extensions: 'go', grammar: 'go', spacing: go },
  rust: { extensions: 'rs', grammar: 'rust', separator: '::', spacing: free },
  java: { extensions: 'java', grammar: 'java', spacing: free },
  c: { extensions: 'c h', grammar: 'cpp', separator: '::' },
  cpp: {
    extensions: 'cc cpp cxx c++ hh hpp hxx h++ ipp inl tpp cu cuh ino',
    grammar: 'cpp',
    separator: '::',
  },
  // The grammar reads directives to the end of their lines.
  csharp: { extensions: 'cs csx', grammar: 'c-sharp', spacing: free },
  kotlin: { extensions: 'kt kts' },
  scala: { extensions: 'scala sc sbt' },
  groovy: { extensions: 'groovy gradle', names: 'jenkinsfile' },
  swift: { extensions: 'swift' },
  objectivec: { extensions: 'm mm' },
  dart: { extensions: 'dart' },
  zig: { extensions: 'zig' },
  ruby: {
    extensions: 'rb rake gemspec',
    names: 'rakefile gemfile vagrantfile',
    interpreters: /^ruby[\d.]*$/,
    grammar: 'ruby',
    separator: '::',
  },
  php: { extensions: 'php phtml', interpreters: /^php[\d.]*$/, grammar: 'php', separator: '::' },
  perl: { extensions: 'pl pm t', interpreters: /^perl[\d.]*$/ },
  lua: { extensions: 'lua', interpreters: /^lua[\d.]*$/ },
  r: { extensions: 'r' },
  julia: { extensions: 'jl' },
  haskell: { extensions: 'hs lhs' },
  ocaml: { extensions: 'ml mli' },
  fsharp: { extensions: 'fs fsi fsx' },
  elixir: { extensions: 'ex exs' },
  erlang: { extensions: 'erl hrl' },
  clojure: { extensions: 'clj cljs cljc edn' },
  lisp: { extensions: 'lisp el scm rkt' },
  nim: { extensions: 'nim' },
  solidity: { extensions: 'sol' },
  bash: {
    extensions: 'sh bash zsh ksh bats',
    names: '.bashrc .bash_profile .profile .zshrc',
    interpreters: /^(ba|z|k|da)?sh$/,
    grammar: 'bash',
  },
  fish: { extensions: 'fish', interpreters: /^fish$/ },
  powershell: { extensions: 'ps1 psm1 psd1', interpreters: /^(pwsh|powershell)$/, grammar: 'powershell' },
  batch: { extensions: 'bat cmd' },
  awk: { interpreters: /^[gmn]?awk$/ },
  sql: { extensions: 'sql' },
  graphql: { extensions: 'graphql gql' },
  protobuf: { extensions: 'proto' },
  html: { extensions: 'html htm xhtml' },
  vue: { extensions: 'vue' },
  svelte: { extensions: 'svelte' },
  astro: { extensions: 'astro' },
  css: { extensions: 'css', grammar: 'css', separator: ' ' },
  scss: { extensions: 'scss' },
  less: { extensions: 'less' },
  xml: { extensions: 'xml xsd xsl xslt svg plist csproj' },
  json: { extensions: 'json jsonc json5 jsonl ndjson', spacing: free },
  yaml: { extensions: 'yaml yml' },
  toml: { extensions: 'toml' },
  ini: { extensions: 'ini cfg conf properties editorconfig', grammar: 'ini' },
  hcl: { extensions: 'tf tfvars hcl' },
  nix: { extensions: 'nix' },
  cmake: { extensions: 'cmake', names: 'cmakelists.txt' },
  makefile: { extensions: 'mk mak', names: 'makefile gnumakefile' },
  dockerfile: { names: 'dockerfile containerfile' },
  'go-mod': { names: 'go.mod' },
  markdown: { extensions: 'md markdown mdx', isProse: true },
  rst: { extensions: 'rst', isProse: true },
  asciidoc: { extensions: 'adoc asciidoc asc', isProse: true },
  org: { extensions: 'org', isProse: true },
  text: { extensions: 'txt text', isProse: true },
  tex: { extensions: 'tex sty' },
  diff: { extensions: 'diff patch' },
  csv: { extensions: 'csv' },
  assembly: { extensions: 's asm' },
  // Lists that programs read, whatever their ending says.
  [unknown]: { names: 'requirements.txt constraints.txt robots.txt' },
}

/** Texts that everybody knows by their name, with an ending of any kind or without one. */
const proseNames =
  /^(?:licen[cs]e|copying|notice|readme|authors|contributors|contributing|maintainers|change(?:s|log)|history|news|todo)(?:[-._][\w.-]*)?$/

const byExtension = namedBy(({ extensions }) => extensions)
const byName = namedBy(({ names }) => names)

function namedBy(list: (language: Language) => string | undefined): Map<string, string> {
  const pairs = Object.entries(languages).flatMap(([name, language]) =>
    (list(language)?.split(' ') ?? []).map((word) => [word, name] as const),
  )
  return new Map(pairs)
}

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

/** What people call a language beside its name and the endings of its files. */
const otherNames: Readonly<Record<string, string>> = { shell: 'bash', console: 'bash', golang: 'go', 'c#': 'csharp' }

/** The language that the word behind a Markdown fence means, by the name that `languageOf` gives it. */
export function languageCalled(word: string): string | undefined {
  const name = word.toLowerCase()
  if (Object.hasOwn(otherNames, name)) return otherNames[name]
  return Object.hasOwn(languages, name) ? name : byExtension.get(name)
}

function knownByName(name: string): string | undefined {
  const whole = byName.get(name)
  if (whole !== undefined) return whole
  if (name.startsWith('dockerfile.')) return 'dockerfile'
  const dot = name.lastIndexOf('.')
  return dot < 0 ? undefined : byExtension.get(name.slice(dot + 1))
}

/** Document classes of TeX share their ending with classes of Apex and Visual Basic. */
const texClass = /^\s*\\(?:ProvidesClass|NeedsTeXFormat|LoadClass|RequirePackage|DeclareOption)\b/m

/** Whether a language, by the name that `languageOf` gives it, is known to be prose. */
export function isProse(language: string): boolean {
  return known(language)?.isProse ?? false
}

/** The grammar that reads a language, by the name that `languageOf` gives it. */
export function grammarOf(language: string): Grammar | undefined {
  return known(language)?.grammar
}

/** What separates the name of a definition from that of its owner. */
export function separatorOf(language: string): string {
  return known(language)?.separator ?? '.'
}

export function spacingOf(language: string): Spacing | undefined {
  return known(language)?.spacing
}

function known(language: string): Language | undefined {
  return Object.hasOwn(languages, language) ? languages[language] : undefined
}

/** A program of which nothing but that is known is code, whatever its interpreter. */
function shebangLanguage(content: string): string | undefined {
  const line = /^#![ \t]*([^\r\n]{1,200})/.exec(content)?.[1]
  if (line === undefined) return undefined
  const program = line
    .split(/[ \t]+/)
    .map((word) => word.slice(word.lastIndexOf('/') + 1))
    .find((word) => word !== 'env' && !word.startsWith('-') && !word.includes('='))
  const names = Object.keys(languages)
  return names.find((name) => program !== undefined && languages[name]?.interpreters?.test(program)) ?? unknown
}
