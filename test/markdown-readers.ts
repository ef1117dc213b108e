import { Parser } from 'commonmark'
import markdownIt from 'markdown-it'

const commonMark = new Parser()
/** With HTML and tables, as most that show Markdown have them. */
const withTables = markdownIt({ html: true })

type Token = ReturnType<typeof withTables.parse>[number]

/** What two readers of Markdown find in a text that fetches something, is HTML, or hides where it leads. */
export function activeParts(text: string): string[] {
  return [...activeInCommonMark(text), ...withTables.parse(text, {}).flatMap((token) => activeInToken(token))]
}

function activeInCommonMark(text: string): string[] {
  const found: string[] = []
  const walker = commonMark.parse(text).walker()
  let link: { target: string; words: string } | undefined
  for (let step = walker.next(); step !== null; step = walker.next()) {
    const { node, entering } = step
    if (entering && ['image', 'html_inline', 'html_block'].includes(node.type))
      found.push(`${node.type} ${node.literal}`)
    if (node.type === 'link') {
      if (!entering && link !== undefined && !shows(link)) found.push(`link ${JSON.stringify(link)}`)
      link = entering ? { target: node.destination ?? '', words: '' } : undefined
    } else if (entering && link !== undefined) link.words += node.literal ?? ''
  }
  return found
}

function activeInToken(token: Token): string[] {
  if (['image', 'html_inline', 'html_block'].includes(token.type)) return [`${token.type} ${token.content}`]
  const children = token.children ?? []
  return children.flatMap((child, at) => {
    if (child.type !== 'link_open') return activeInToken(child)
    const end = children.findIndex((other, place) => place > at && other.type === 'link_close')
    const words = children.slice(at, end).map(({ content }) => content)
    const link = { target: String(child.attrGet('href') ?? ''), words: words.join('') }
    return shows(link) ? [] : [`link ${JSON.stringify(link)}`]
  })
}

function shows({ target, words }: { target: string; words: string }): boolean {
  const plain = (text: string) => decode(text).replace(/^https?:\/\//, '')
  return plain(target) === plain(words) && !/^(?!https?:)[a-z][a-z0-9+.-]*:\D/i.test(target)
}

function decode(text: string): string {
  try {
    return decodeURI(text)
  } catch {
    return text
  }
}

/** The numbers of the lines that CommonMark takes for code, from 0. */
export function codeLinesOf(text: string): number[] {
  const lines: number[] = []
  const walker = commonMark.parse(text).walker()
  for (let step = walker.next(); step !== null; step = walker.next()) {
    if (!step.entering || step.node.type !== 'code_block') continue
    const [[first], [last]] = step.node.sourcepos
    for (let line = first; line <= last; line += 1) lines.push(line - 1)
  }
  return lines
}

/** Every piece of code in a text, in blocks and in lines. */
export function codeOf(text: string): string[] {
  const found: string[] = []
  const walker = commonMark.parse(text).walker()
  for (let step = walker.next(); step !== null; step = walker.next())
    if (step.entering && ['code', 'code_block'].includes(step.node.type)) found.push(step.node.literal ?? '')
  return found
}
