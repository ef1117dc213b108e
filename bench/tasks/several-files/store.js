/** Keeps notes in memory. */
const notes = new Map()
exports.add = (id, text) => notes.set(id, text)
exports.get = (id) => notes.get(id)
