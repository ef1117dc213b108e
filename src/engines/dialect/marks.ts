/**
 * What a mark in a reply means: `think` opens thinking and `answer` closes it; `end` closes the reply; `speaker` says who
 * speaks, `other` when it is not the model; `wrap` and `unwrap` enclose the answer; `channel` opens a part of a reply in
 * the manner of gpt-oss or Gemma; `call` belongs to a tool call; `noise` means nothing.
 */
type Meaning = 'think' | 'answer' | 'end' | 'speaker' | 'other' | 'wrap' | 'unwrap' | 'channel' | 'call' | 'noise'

export type Mark = {
  meaning: Meaning
  /** As written in the text. */
  text: string
  /** The name in it, without case, bars and attributes. */
  name: string
  /** It may as well be a heading or a field of the answer, so it needs its closing mark to mean anything. */
  isWeak: boolean
}

/** Longer ones are no mark. */
const maxMark = 80

const brackets: Record<string, string> = { '<': '>', '[': ']', '◁': '▷', '【': '】', '《': '》', '⟨': '⟩' }

/** Every character that a mark may begin with. */
export const markStarts = Object.keys(brackets)

/** Undefined: none begins at `at`. 'unclear': the text ends too early to say. */
export function readMark(text: string, at: number): Mark | 'unclear' | undefined {
  const open = text[at] ?? ''
  const close = brackets[open] ?? ''
  for (let end = at + 1; end < at + maxMark; end += 1) {
    const character = text[end]
    if (character === undefined) return 'unclear'
    if (character === '\n' || character === open) return undefined
    if (character === close) return markOf(text.slice(at, end + 1), text[end + 1])
  }
  return undefined
}

/** The name, attributes as markup has them, and a slash or bars at either end. */
const inside =
  /^(?<bar>[|｜])?(?<slash>[/\\])?(?<name>[\p{L}\p{N}_:.▁-]+(?:[ ▁][\p{L}\p{N}_]+){0,3}?)(?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'|[\w-]+)){0,4}\s?(?<empty>\/)?(?<end>[|｜])?$/u

function markOf(text: string, next: string | undefined): Mark | undefined {
  const open = text[0] ?? ''
  // `[think](…)`, `[think][1]` and `[think]: …` are links.
  if (/^\[[\p{L}\d]/u.test(text) && !isLoud(text) && next !== undefined && '([:'.includes(next)) return undefined
  const { bar, slash, name = '', empty, end } = inside.exec(text.slice(1, -1))?.groups ?? {}
  if (name === '') return undefined
  const isSpecial = bar !== undefined || end !== undefined
  const words = wordsOf(name)
  const joined = words.join(' ')
  const make = (meaning: Meaning, isWeak = false): Mark => ({ meaning, text, name: joined, isWeak })
  const isClosing = slash !== undefined || words.some((word) => /^(?:end|stop|close)$/.test(word))
  if (empty !== undefined) return words.some(isThought) ? make('noise') : undefined
  if (words.some((word) => callWords.test(word))) return isSpecial ? make('call') : undefined
  if (words.some(isThought)) return make(isClosing ? 'answer' : 'think', isAmbiguous(text, isSpecial))
  if (words.includes('header')) return isSpecial ? make(starts.test(joined) ? 'speaker' : 'noise') : undefined
  if (/^unused\d+$/.test(joined)) return make('channel')
  if (words.includes('channel')) return isSpecial ? make(bar === undefined ? 'answer' : 'channel') : undefined
  if (speakers.test(joined) && isSpecial) return make('speaker')
  if (others.test(joined) && isSpecial) return make('other')
  if (starts.test(joined)) return isSpecial || joined === 'start of turn' ? make('speaker') : undefined
  if (wrappers.test(joined) && (open === '<' || isLoud(text)))
    return make(isClosing ? 'unwrap' : 'wrap', !/answer/.test(joined))
  if (ends.test(slash === undefined ? joined : `/${joined}`)) return make('end')
  if (open === '<' && words.some((word) => weakThoughts.test(word))) return make(isClosing ? 'answer' : 'think', true)
  if (!isSpecial) return joined === 'bos' || joined === 'unk' || joined === 'pad' ? make('noise') : undefined
  return make(words.some((word) => specialEnds.test(word)) ? 'end' : 'noise')
}

/** `START_THINKING`, `antThinking` and `end▁of▁thought` in single words. */
function wordsOf(name: string): string[] {
  return name
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[\s_:.▁-]+/)
    .filter(Boolean)
}

/** A word that means thinking, in the languages that models are trained in. */
const isThought = (word: string) =>
  /^(?:deep)?think(?:ing|s)?$|^thoughts?$|^reasoning$|^reflect(?:ions?|ing)$|^scratch(?:pad)?$|^monologue$|^ponder(?:ing)?$|^(?:deliberat|contemplat|cogitat|ruminat|introspect)\w*$|^cot$|^musings?$|思考|思维|推理|^размышл|^мысл|^pens[ée]|^gedanken?$|^(?:nach)?denken$|^razonamiento$|^raisonnement$/u.test(
    word,
  )

/** Words that are fields of an answer as often. */
const weakThoughts = /^(?:analysis|analy[sz]e|analy[sz]ing|reasons?|rationale|planning|internal|inner|hidden)$/

const callWords = /^(?:tools?|toolcalls?|calls?|functions?|actions?|python|constrain)$/
const speakers = /^(?:assistant|model|bot|chatbot(?: token)?|ai|gpt)$/
const others = /^(?:user|human|system|developer|instruction|observation|user token|system token)$/
const starts = /^(?:im start|start|start header id|start of turn(?: token)?|turn|bot header)$/
const wrappers =
  /^(?:(?:begin of |end of |start |end )?(?:final )?(?:answer|response|reply|solution|box|output|result|completion)|final|assistant)$/
const ends =
  /^(?:\/s|eo[sdtm]|im end|end(?:of| of )(?:text|turn|sentence|utterance|message|sequence|document)|endofturn|endoftext|\/inst)$/
const specialEnds = /^(?:end\w*|eo[a-z]|stop|return|done|finished)$/

/** Words in square or rare brackets are headings as often as marks, unless they shout. */
function isAmbiguous(text: string, isSpecial: boolean): boolean {
  return !isSpecial && text.startsWith('[') && !isLoud(text)
}

function isLoud(text: string): boolean {
  return !text.startsWith('<') && text === text.toUpperCase() && text !== text.toLowerCase()
}
