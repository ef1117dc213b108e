exports.calc = (net) => Math.round(net * 1.19)
