const { calc } = require('./price.js')
exports.line = (name, net) => `${name}: ${calc(net)}`
