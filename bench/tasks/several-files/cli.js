const store = require('./store.js')

/** One command → the text that is printed. */
exports.run = ([command, id, ...words]) => {
  if (command === 'add') {
    store.add(id, words.join(' '))
    return `added ${id}`
  }
  if (command === 'show') return store.get(id) ?? `no note ${id}`
  return 'commands: add, show'
}
