const price = require('./price.js')
exports.list = (nets) => nets.map((net) => price.calc(net))
