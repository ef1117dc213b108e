import { escapeProse, escapeText } from '../text/escape.ts'
import { style } from './html-style.ts'

/**
 * One page that needs no other file. It holds no script, so nothing in it can run, and its policy lets it load nothing. `title` is
 * text; `style` and `body` are code with everything from outside escaped.
 */
export function page({ title, style: own, body }: { title: string; style: string; body: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'">
<meta name="referrer" content="no-referrer">
<title>${escape(title)}</title>
<style>${style}${own}</style>
</head>
<body>
${body}
</body>
</html>
`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text as a page shows it, whoever wrote it. */
export function escape(text: string): string {
  return asText(escapeText(text))
}

/** Words of a model: joiners that its language needs stay. */
export function escapeWords(text: string): string {
  return asText(escapeProse(text))
}

function asText(text: string): string {
  // guard: html-text
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
