/** Whether a line has the form of a tool's data. Its quoted strings are empty. */
type LineForm = RegExp

/** What no data of these tools has outside its strings: calls, statements, substitutions, pipes. */
const codeLike = /[;`$]|=>|->|&&|\|\||[\w)]\((?![^()@]*@)|\)\s*\{/

const forms = {
  yaml: /^\s*(?:---|(?:- +)*(?:[^\s:]\S*|[A-Z][A-Z ]+)(?::(?: .*)?)?|- +[^|]*)$/,
  toml: /^\s*(?:\[{1,2}[^\]()]+\]{1,2}|[\w.@/" -]+ ?= ?(?:""|[\w.:+-]+|\[.*|\{.*\})|(?:""|\{.*\})?,?|\],?)$/,
  yarn: /^(?:@?[^\s,@]+@[^,]+(?:, @?[^\s,@]+@[^,]+)*:|"".*:|__metadata:| {2,}\S+ \S+| {2,}\S+:(?: .*)?)$/,
  go: /^\S+ v\S+ h1:\S+$/,
  gem: /^(?:[A-Z][A-Z ]+| {3}[\w.-]+ [\w.-]+| {2,}\S+: ?\S*| {2,}\S+(?: \([^()]*\))?!?(?: sha256=\w+)?)$/,
  hcl: /^\s*(?:provider "" \{|\w+ *= *(?:""|\[)|"",|\]|\})$/,
  gradle: /^[\w.:-]+=[\w.,-]*$/,
  swift: /^\w+ "" ""$/,
  mix: /^\s*(?:%\{|\}|"": \{:[\w:, "[\]{}~>=.]*\},?)$/,
  json: /^\s*(?:"" ?: ?)?(?:""|-?\d[\d.eE+-]*|true|false|null|\[\s*\]|\{\s*\}|[[\]{}])?,?$/,
} satisfies Record<string, LineForm>

/** The locks of package managers, by the names that these give them. */
const locks: Readonly<Record<keyof typeof forms, string>> = {
  json: 'package-lock.json npm-shrinkwrap.json composer.lock pipfile.lock packages.lock.json flake.lock deno.lock bun.lock module.bazel.lock package.resolved symfony.lock',
  yaml: 'pnpm-lock.yaml pubspec.lock podfile.lock chart.lock conda-lock.yml shard.lock pixi.lock buf.lock',
  toml: 'cargo.lock poetry.lock uv.lock pdm.lock pylock.toml mise.lock',
  yarn: 'yarn.lock',
  go: 'go.sum go.work.sum',
  gem: 'gemfile.lock gems.locked berksfile.lock',
  hcl: '.terraform.lock.hcl',
  gradle: 'gradle.lockfile buildscript-gradle.lockfile',
  swift: 'cartfile.resolved',
  mix: 'mix.lock',
}

const lockForms = new Map(
  Object.entries(locks).flatMap(([form, names]) =>
    names.split(' ').map((name) => [name, forms[form as keyof typeof forms]] as const),
  ),
)

/**
 * Why a file is data that a tool keeps beside its work, or undefined: it has the name that the tool gives it, and every
 * line has the tool's form. A program under such a name is a program.
 */
export function dataReason(path: string, text: string): string | undefined {
  const name = nameOf(path)
  // guard: lock-name
  const form = lockForms.get(name)
  // guard: lock-form
  if (form !== undefined) return holdsOnly(text, form) ? 'lock file' : undefined
  if (/\.(?:snap|ambr)$/.test(name)) return isSnapshot(text) ? 'snapshot' : undefined
  return /\.[cm]?(?:js|css)\.map$/.test(name) && isSourceMap(text) ? 'generated' : undefined
}

/** Whether a package manager gives its lock this name. */
export function isLockName(path: string): boolean {
  return lockForms.has(nameOf(path))
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).toLowerCase()
}

function holdsOnly(text: string, form: LineForm): boolean {
  if (form === forms.json && isJson(text)) return true
  return text.split('\n').every((line) => {
    const bare = withoutStrings(line.trimEnd())
    return isInert(bare) || (!codeLike.test(bare) && form.test(bare))
  })
}

/** A comment, or a word by itself: neither does anything, whoever reads the file. */
function isInert(line: string): boolean {
  return /^\s*(?:#.*|\/\/.*|[\w.@/:-]*)$/.test(line)
}

function withoutStrings(line: string): string {
  return line.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '""')
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}

function isSourceMap(text: string): boolean {
  return (
    /"mappings"\s*:/.test(text) &&
    (isJson(text) || text.split('\n').every((line) => forms.json.test(withoutStrings(line.trimEnd()))))
  )
}

/** Jest runs its snapshots, so there each has to be one string without anything to compute in it. */
const jestSnapshot = /exports\[`(?:[^`\\$]|\\.|\$(?!\{))*`\] = `(?:[^`\\$]|\\.|\$(?!\{))*`;/gs

function isSnapshot(text: string): boolean {
  if (/^\/\/ (?:Jest|Vitest) Snapshot v\d/.test(text)) return text.replace(jestSnapshot, '').split('\n').every(isInert)
  // Those of syrupy and insta are read as text.
  return (
    /^# serializer version: \d+\n/.test(text) ||
    /^---\n(?:\w+: .*\n)+---\n/.test(text) ||
    text.split('\n').every(isInert)
  )
}
