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

/** The text without some of its guards: `{ guard, part, into, code }` of a row. Throws where that cannot be. */
export function takeAway(text, guards) {
  const markers = findMarkers(text)
  const edits = guards.map((guard) => editOf(text, markers, guard)).sort((a, b) => b.start - a.start)
  return edits.reduce((rest, { start, end, into }) => rest.slice(0, start) + into + rest.slice(end), text)
}

function editOf(text, markers, { guard, part, into, code }) {
  const found = markers.find(({ name }) => name === guard)
  if (found === undefined) throw new Error(`no "// guard: ${guard}" in src`)
  const { start, end, isStatement } = found
  if (code !== undefined) return { start, end, into: code }
  if (part === undefined) {
    const comma = /^\s*,/.exec(text.slice(end))?.[0] ?? ''
    return isStatement ? { start, end, into: ';' } : { start, end: end + comma.length, into: '' }
  }
  const pieces = text.slice(start, end).split(part)
  if (pieces.length !== 2) throw new Error(`guard ${guard}: it holds ${pieces.length - 1} times: ${part}`)
  const from = start + pieces[0].length
  return { start: from, end: from + part.length, into }
}
