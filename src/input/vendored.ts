/** Names of folders that only package managers use. */
const managed =
  /(?:^|\/)(?:node_modules|bower_components|Godeps\/_workspace|\.yarn\/(?:cache|plugins|releases|sdks|unplugged|versions))\//
const top = /^(?:vendor|third_party|third-party)\//
/** Deeper, and for other words, a file beside them has to say that they hold other people's work. */
const proofs: readonly (readonly [folder: RegExp, files: readonly string[]])[] = [
  [/^(.*?)(?:^|\/)vendor\//, ['vendor/modules.txt', 'vendor/autoload.php', 'vendor/composer/installed.json']],
  [/^(.*?)(?:^|\/)Pods\//, ['Podfile', 'Podfile.lock', 'Pods/Manifest.lock']],
  [/^(.*?\/third[_-]party\/[^/]+)\//, ['LICENSE', 'LICENSE.txt', 'LICENSE.md', 'COPYING', 'README.chromium']],
]

/** Of files, those that lie among other people's work. Paths are relative to the top; `exist` says which of some are there. */
export async function vendoredPaths(
  paths: readonly string[],
  exist: (paths: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<Set<string>> {
  const vendored = new Set(paths.filter((path) => managed.test(path) || top.test(path)))
  const wanted = new Map<string, string[]>()
  for (const path of paths) {
    const proof = vendored.has(path) ? [] : proofsOf(path)
    if (proof.length > 0) wanted.set(path, proof)
  }
  if (wanted.size === 0) return vendored
  const there = await exist([...new Set([...wanted.values()].flat())])
  for (const [path, files] of wanted) if (files.some((file) => there.has(file))) vendored.add(path)
  return vendored
}

function proofsOf(path: string): string[] {
  return proofs.flatMap(([folder, files]) => {
    const before = folder.exec(path)?.[1]
    return before === undefined ? [] : files.map((file) => (before === '' ? file : `${before}/${file}`))
  })
}
