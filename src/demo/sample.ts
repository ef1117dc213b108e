/** The planted bug: the sum is in cents, the limit in euros. Only money.ts says so. */
const cart = `import { parsePrice } from './money.ts'

export type Line = { name: string; price: string; quantity: number }

const freeShippingFrom = 50

export function cartTotal(lines: Line[]): number {
  let total = 0
  for (const line of lines) {
    total += parsePrice(line.price) * line.quantity
  }
  return total
}

/** Orders from 50 euros on are sent for free. */
export function shipsForFree(lines: Line[]): boolean {
  return cartTotal(lines) >= freeShippingFrom
}
`

const money = `/** '12.50' -> 1250: money is counted in cents, so that sums are exact. */
export function parsePrice(text: string): number {
  const [euros = '0', cents = ''] = text.split('.')
  return Number(euros) * 100 + Number(cents.padEnd(2, '0'))
}

/** 1250 -> '12.50' */
export function formatPrice(cents: number): string {
  return (cents / 100).toFixed(2)
}
`

const checkout = `import { cartTotal, type Line, shipsForFree } from './cart.ts'
import { formatPrice } from './money.ts'

const shippingCents = 490

export function receipt(lines: Line[]): string {
  const shipping = shipsForFree(lines) ? 0 : shippingCents
  const rows = lines.map((line) => line.quantity + ' x ' + line.name + ' at ' + line.price)
  return [...rows, 'Total: ' + formatPrice(cartTotal(lines) + shipping)].join('\\n')
}
`

/** A small shop with one bug in `sampleBug.path`, which its second file gives away. Path → text. */
export const sample: Record<string, string> = {
  'src/cart.ts': cart,
  'src/checkout.ts': checkout,
  'src/money.ts': money,
}

export const sampleBug = {
  path: 'src/cart.ts',
  quote: 'const freeShippingFrom = 50',
  fix: 'const freeShippingFrom = 50_00',
  /** The line of the same file that makes it one. */
  evidence: 'return cartTotal(lines) >= freeShippingFrom',
  /** The file that gives it away. */
  source: 'src/money.ts',
}
