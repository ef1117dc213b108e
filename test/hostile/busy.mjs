// Loaded into the program: it is busy for ever with a text that holds BUSY, in JavaScript or, with BUSY_IN=native, in
// compiled code.
const { parse } = JSON
JSON.parse = (text, ...more) => {
  if (!text.includes('BUSY')) return parse(text, ...more)
  if (process.env.BUSY_IN === 'native') new RegExp(`${'a?'.repeat(60)}${'a'.repeat(60)}`).test('a'.repeat(59))
  for (;;);
}
