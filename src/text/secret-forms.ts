/** What a secret looks like in text. The first group, where there is one, is the secret; else the whole match is. */
type SecretPattern = { rule: string; title: string; pattern: RegExp }

/** Formats that their issuers designed to be recognised, so a match is not a guess. */
const tokens = [
  '(?:AKIA|ASIA)[A-Z0-9]{16}',
  'gh[pousr]_[A-Za-z0-9]{36,255}',
  'github_pat_[A-Za-z0-9_]{60,255}',
  'glpat-[A-Za-z0-9_-]{20,255}',
  'xox[abeoprs]-[A-Za-z0-9-]{10,255}',
  'AIza[A-Za-z0-9_-]{35}',
  'GOCSPX-[A-Za-z0-9_-]{28}',
  'ya29\\.[A-Za-z0-9_-]{20,255}',
  '[rs]k_live_[A-Za-z0-9]{16,255}',
  'sk-(?:ant|proj|svcacct)-[A-Za-z0-9_-]{20,255}',
  'sk-[A-Za-z0-9]{40,64}',
  'npm_[A-Za-z0-9]{36}',
  'pypi-AgEI[A-Za-z0-9_-]{50,255}',
  'hf_[A-Za-z0-9]{30,64}',
  'dop_v1_[a-f0-9]{64}',
  'SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}',
].join('|')

const token = { rule: 'access-token', title: 'The text contains an access token' }

const secrets: readonly SecretPattern[] = [
  {
    ...token,
    pattern: new RegExp(`(?<![A-Za-z0-9])(?:${tokens})(?![A-Za-z0-9_])`, 'g'),
  },
  {
    rule: 'password-in-url',
    title: 'A URL contains a password',
    pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/'"`<>]{0,100}:([^\s:@/'"`<>]{6,200})@[^\s/:'"`]{3,200}/gi,
  },
]

export type FoundSecret = { rule: string; title: string; start: number; end: number }

/** Secrets on one line, by what they look like, except documented examples and placeholders. */
export function findSecrets(line: string): FoundSecret[] {
  if (!mayHoldSecret(line)) return []
  const found = secrets.flatMap(({ rule, title, pattern }) =>
    [...line.matchAll(pattern)].flatMap((match) => {
      const secret = match[1] ?? match[0]
      if (isPlaceholder(secret, match[0])) return []
      const start = match.index + match[0].lastIndexOf(secret)
      return [{ rule, title, start, end: start + secret.length }]
    }),
  )
  return [...found, ...webTokens(line)]
}

/** Characters that each part of a JSON web token has at least, and how its two JSON parts begin. */
const shortestPart = 10
const jsonPart = 'eyJ'

/**
 * JSON web tokens: `header.payload.signature`. Their parts have no length that could be relied on, so they are found by
 * dividing what could be one at its dots, and not by an expression, which would try every beginning of a long part.
 */
// guard: web-tokens
function webTokens(line: string): FoundSecret[] {
  const found: FoundSecret[] = []
  for (const { 0: chain, index } of line.matchAll(/[\w.-]+/g)) {
    if (!chain.includes(jsonPart)) continue
    const parts = chain.split('.')
    let offset = index
    for (const [at, part] of parts.entries()) {
      const begin = /(?:^|-)eyJ/.exec(part)
      const start = begin === null ? -1 : begin.index + begin[0].length - jsonPart.length
      const [payload = '', signature = ''] = [parts[at + 1], parts[at + 2]]
      const isToken =
        start >= 0 &&
        part.length - start >= jsonPart.length + shortestPart &&
        payload.startsWith(jsonPart) &&
        payload.length >= jsonPart.length + shortestPart &&
        signature.length >= shortestPart
      const end = offset + part.length + payload.length + signature.length + 2
      if (isToken && !isPlaceholder(line.slice(offset + start, end), line.slice(offset + start, end)))
        found.push({ ...token, start: offset + start, end })
      offset += part.length + 1
    }
  }
  return found
}

/** How the tokens above begin: one cheap look that most lines end with. */
const beginnings =
  /A[KS]IA|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|AIza|GOCSPX-|ya29\.|k_live_|sk-|npm_|pypi-|hf_|dop_v1_|SG\.|eyJ/

export function mayHoldSecret(text: string): boolean {
  return beginnings.test(text) || (text.includes('://') && text.includes('@'))
}

function isPlaceholder(secret: string, match: string): boolean {
  if (/example|placeholder|redacted|dummy|changeme|your[-_]|(.)\1{5}|^[x*.]+$/i.test(secret)) return true
  if (secret === match) return false
  // A URL: well-known passwords, names of variables, and hosts that only this machine can reach.
  return (
    /^(?:password|passw(?:or)?d?|secret|postgres|mysql|root|admin|guest|test(?:ing)?|token)\d*$|[${}%[\]]/i.test(
      secret,
    ) || /@(?:localhost|127\.|\[::1|(?:[^@]*\.)?(?:example|test|invalid|localhost)(?:\.(?:com|org|net))?$)/i.test(match)
  )
}

export const keyHeader = /-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----/
const keyPayload = /^[\s"'+#*/-]{0,20}(?:[A-Za-z0-9+/=]{16}|Proc-Type:|DEK-Info:|Version:|Comment:)/

/**
 * True where a private key begins: its header, with key material after it. A program that looks for headers has no such material.
 */
export function beginsPrivateKey(line: string, next: string | undefined): boolean {
  const header = keyHeader.exec(line)
  if (header === null) return false
  const rest = line.slice(header.index + header[0].length).replace(/^(?:\\+[nr])+/, '')
  return (
    /^[A-Za-z0-9+/=]{16}/.test(rest) || (rest.replace(/["'`\\n]/g, '').trim() === '' && keyPayload.test(next ?? ''))
  )
}
