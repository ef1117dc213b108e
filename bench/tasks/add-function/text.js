/** The words of a text. */
exports.words = (text) => text.split(/\s+/).filter((word) => word !== '')
