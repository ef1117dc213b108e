/** Words that say that something is left out. */
const omission = new Set(words('existing rest remainder remaining unchanged omitted previous original other same'))

/** Words that stand around them in such a line. A line with any other word says something of its own. */
const around = new Set(
  words(`the of this your all my and as is are it was in with for from above below before here goes go stays stay remains
    remain keep kept leave left code file content contents function functions method methods class classes component
    module implementation logic body line lines import imports definition definitions test tests case cases field fields
    property properties props section sections part parts stuff unmodified untouched brevity clarity snip truncated etc todo note`),
)

/** Without dots it takes more than a heading such as `// other methods`. */
const certain =
  /\b(?:unchanged|unmodified|untouched|omitted|rest of|remain(?:s|ing)? (?:the same|code|unchanged)|as before|same as (?:before|above)|existing (?:code|implementation|content))\b/

/**
 * A placeholder for code that is not written out, such as `// ... existing code ...` or `# rest unchanged`;
 * undefined without one. What `before` has too is meant as it stands.
 */
export function lazyMarker(text: string, before = ''): string | undefined {
  const candidates = text.split('\n').filter(isLazy)
  if (candidates.length === 0) return undefined
  const known = new Set(before.split('\n').map((line) => line.trim()))
  // guard: lazy-marker
  return candidates.map((line) => line.trim()).find((line) => !known.has(line))
}

/** `...rest,` in code. */
const spread = /\.\.\.[\w$]+(?:\.[\w$]+)*(?=\s*(?:[,)\]};]|$))/g

function isLazy(line: string): boolean {
  if (line.length > 200) return false
  const said = line.replace(spread, '')
  const all = words(said.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' '))
  if (!all.some((one) => omission.has(one)) || !all.every((one) => omission.has(one) || around.has(one))) return false
  const hasDots = /\.\.\.|…/.test(said)
  // Code begins with a word; a placeholder begins with a comment, a bracket or dots.
  const isMarked = /^\s*[^\p{L}\p{N}\s_'"`]/u.test(line)
  return isMarked ? hasDots || certain.test(all.join(' ')) : hasDots && certain.test(all.join(' '))
}

function words(text: string): string[] {
  return text.trim().split(/\s+/).filter(Boolean)
}
