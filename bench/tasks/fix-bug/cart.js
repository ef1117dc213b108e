/** The price of all items in cents; 10 % less from 100 euros on. */
exports.total = (items) => {
  const sum = items.reduce((total, { price, count }) => total + price, 0)
  return sum > 10_000 ? Math.round(sum * 0.9) : sum
}
