const test = require('node:test')
const assert = require('node:assert')
const { total } = require('./cart.js')

test('counts each item', () => assert.strictEqual(total([{ price: 200, count: 3 }]), 600))
test('takes off 10 % from 100 euros on', () => assert.strictEqual(total([{ price: 10_000, count: 1 }]), 9000))
test('an empty cart costs nothing', () => assert.strictEqual(total([]), 0))
