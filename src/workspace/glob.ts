import { LocalBrainError } from '../errors.ts'

const star = Symbol('any number')
type Step<Item> = Item | typeof star
type CharacterTest = (character: string) => boolean
type Part = readonly Step<CharacterTest>[]

const maxLength = 500

/**
 * A person's or a model's glob → whether a path below the folder matches: `*`, `?`, `[a-z]`, `**` and `{a,b}`. A library
 * makes a regular expression of it, and one hostile name with three stars then takes hours; this takes one look at each
 * character per character of the glob. Parentheses and a leading dot are nothing special.
 */
export function parseGlob(pattern: string, anyDepth = false): (path: string) => boolean {
  const plain = pattern.replace(/^(?:\.\/)+/, '')
  checkGlob(pattern, plain)
  const globs = expandBraces(anyDepth && !plain.includes('/') ? `**/${plain}` : plain)
  if (globs.join('').length > maxLength) throw wrong(pattern, 'is too long')
  // Most listings are of everything, and large ones take their time.
  if (globs.includes('**')) return () => true
  const compiled = globs.map(compileGlob)
  return (path) => compiled.some((isMatch) => isMatch(path))
}

/** One glob without braces, as git's own files have them. */
export function compileGlob(glob: string): (path: string) => boolean {
  const parts = glob.split('/').map((part) => (part === '**' ? star : parsePart(part)))
  return (path) => {
    const names = path.split('/').map((name) => Array.from(name))
    return matches(parts, names, (part, name) => matches(part, name, (test, one) => test(one)))
  }
}

function wrong(pattern: string, problem: string): LocalBrainError {
  const hint = '--pattern "src/**/*.ts"'
  return new LocalBrainError('usage', `Pattern "${pattern.slice(0, 100)}" ${problem}`, { hint })
}

function checkGlob(pattern: string, plain: string): void {
  // Before anything looks through it more than once.
  // guard: glob-length
  if (plain.length > maxLength) throw wrong(pattern, 'is too long')
  if (plain === '' || /[\0-\x08\x0b\x0c\x0e-\x1f]/.test(plain)) throw wrong(pattern, 'is not a glob')
  if (plain.startsWith('/') || /^[a-z]:/i.test(plain) || /(?:^|[/{,])\.\.(?:[/},]|$)/.test(plain))
    throw wrong(pattern, 'leaves its folder')
  if (plain.startsWith('!')) throw wrong(pattern, 'excludes; it has to say what to include')
  if (/\{[^},]*\.\./.test(plain)) throw wrong(pattern, 'has a range; write {1,2,3}')
}

function expandBraces(pattern: string): string[] {
  const globs = [pattern]
  for (let index = 0; index < globs.length && globs.length <= maxLength; ) {
    const [whole, choices] = /\{([^{}]*,[^{}]*)\}/.exec(globs[index] ?? '') ?? []
    if (whole === undefined || choices === undefined) index++
    else
      globs.push(
        ...globs.splice(index, 1).flatMap((glob) => choices.split(',').map((one) => glob.replace(whole, () => one))),
      )
  }
  return globs
}

function parsePart(part: string): Part {
  const pieces = part.match(/\*+|\?|\\.|\[[!^]?\]?[^\]]*\]|./gsu) ?? []
  return pieces.map((piece): Step<CharacterTest> => {
    if (piece.startsWith('*')) return star
    if (piece === '?') return () => true
    if (piece.length > 2 && piece.startsWith('[')) return parseSet(piece)
    const character = piece.length > 1 && piece.startsWith('\\') ? piece.slice(1) : piece
    return (one) => one === character
  })
}

function parseSet(set: string): CharacterTest {
  const negated = /^\[[!^]/.test(set)
  const ranges = set.slice(negated ? 2 : 1, -1).match(/.-.|./gsu) ?? []
  const isIn = (one: string) =>
    ranges.some((range) => {
      const [from = '', , to = from] = Array.from(range)
      return from <= one && one <= to
    })
  return (one) => isIn(one) !== negated
}

/** Steps back only to the last star, which is enough when every other step takes exactly one. */
// guard: glob-linear
function matches<Item, One>(
  steps: readonly Step<Item>[],
  ones: readonly One[],
  test: (item: Item, one: One) => boolean,
) {
  let step = 0
  let last: { step: number; at: number } | undefined
  for (let at = 0; at < ones.length; ) {
    const item = steps[step]
    if (item === star) last = { step: ++step, at }
    else if (step < steps.length && test(item as Item, ones[at] as One)) {
      step++
      at++
    } else if (last) {
      at = ++last.at
      step = last.step
    } else return false
  }
  return steps.slice(step).every((item) => item === star)
}
