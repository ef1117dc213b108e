import { parseAst } from 'rolldown/parseAst'

const marker = /^(.*)\/\/ guard: (.*)$/gm
const blank = /(?:\s|\/\/.*|\/\*[^]*?\*\/)*/y

/**
 * The guards that are marked in a source: `// guard: <name>` on a line of its own stands before the statement, element,
 * property or argument, or the link of a call chain (`.trim()`), that is the guard. Each with the place of that in the
 * text; throws where a marker stands before nothing of the kind.
 */
export function findMarkers(text) {
  const found = [...text.matchAll(marker)]
  const tree = found.length > 0 ? parseAst(text, { lang: 'ts' }) : undefined
  return found.map(({ 0: line, 1: code, 2: name, index }) => {
    if (code.trim() !== '') throw new Error(`"// guard: ${name}" has to stand on a line of its own`)
    blank.lastIndex = index + line.length
    const start = index + line.length + blank.exec(text)[0].length
    const isLink = text[start] === '.' && text[start + 1] !== '.'
    const node = isLink ? findLink(tree, start) : findNode(tree, (one) => one.start === start)
    if (!/^[\w.-]+$/.test(name) || node === undefined) throw new Error(`"// guard: ${name}" marks nothing`)
    return { name, start, end: node.end, isStatement: /(?:Statement|Declaration)$/.test(node.type) }
  })
}

/** The outermost node that is wanted, the program itself left out. */
function findNode(node, isWanted) {
  const children = Object.values(node).flat()
  for (const child of children) {
    if (typeof child?.type !== 'string') continue
    const found = isWanted(child) ? child : findNode(child, isWanted)
    if (found) return found
  }
  return undefined
}

/** The call that a dot belongs to: in `text.trim().slice(1)`, for the first dot, `text.trim()`. */
function findLink(tree, dot) {
  return findNode(tree, ({ type, callee }) => {
    return type === 'CallExpression' && callee.object?.end <= dot && dot < callee.property.start
  })
}

/** The text without a guard: a `{ guard, part, into, code }` of a row. Throws where that can not be. */
export function takeAway(text, { guard, part, into, code }) {
  const found = findMarkers(text).find(({ name }) => name === guard)
  if (found === undefined) throw new Error(`no "// guard: ${guard}" in src`)
  const [before, held, after] = [text.slice(0, found.start), text.slice(found.start, found.end), text.slice(found.end)]
  if (code !== undefined) return before + code + after
  if (part === undefined) return found.isStatement ? `${before};${after}` : before + after.replace(/^\s*,/, '')
  const pieces = held.split(part)
  if (pieces.length !== 2) throw new Error(`guard ${guard}: it holds ${pieces.length - 1} times: ${part}`)
  return before + pieces.join(into) + after
}
