/**
 * How long a model stays loaded, as Ollama takes it: a number of seconds, or a text of numbers with units (`10m`, `1h30m`);
 * below 0 is for ever. Undefined when it is neither. Ollama refuses a number that comes as text.
 */
export function parseKeepAlive(text: string): string | number | undefined {
  if (/^-?\d{1,9}$/.test(text)) return Number(text)
  return /^-?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h)){1,9}$/.test(text) ? text : undefined
}
