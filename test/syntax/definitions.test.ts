import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { definitionsOf, enclosing } from '../../src/syntax/definitions.ts'

/** `lines kind name`, indented by depth. */
async function outline(text: string, language: string): Promise<string[]> {
  const definitions = await definitionsOf(text, language)
  return definitions.map((d) => `${'  '.repeat(d.depth)}${d.startLine}-${d.endLine} ${d.kind} ${d.name}`)
}

test('TypeScript: declarations, arrow functions, decorators, doc comments and exported defaults', async () => {
  const text = `import x from 'x'

/** Reads. */
@Injectable({ scope: 1 })
export class Reader<T> extends Base {
  // how many
  count = 1
  private load = async (n: number) => {
    return n
  }

  /** Runs. */
  @Log()
  async run(a: T): Promise<void> {
    const short = () => go({ then: () => 1 })
    const inner = () => {
    }
  }
  abstract stop(): void
}
export const twice = (n: number): number =>
  n * 2
const table = {
  go() {},
}
export interface Shape { area(): number }
type Id = string
export enum Color { Red }
namespace Deep.Space {
  export function probe() {}
}
declare function ambient(a: string): void

// trailing note

export default function () {}
`
  expect(await outline(text, 'typescript')).toEqual([
    '3-20 class Reader',
    '  8-10 method Reader.load',
    '  12-18 method Reader.run',
    '    16-17 function Reader.run.inner',
    '  19-19 method Reader.stop',
    '21-22 function twice',
    '23-25 constant table',
    '  24-24 method table.go',
    '26-26 interface Shape',
    '27-27 type Id',
    '28-28 enum Color',
    '29-31 namespace Deep.Space',
    '  30-30 function Deep.Space.probe',
    '32-32 function ambient',
    '36-36 function default',
  ])
})

test('TSX: components are functions', async () => {
  const text = `export const Card = ({ title }: Props) => {
  return <div onClick={() => go()}>{title}</div>
}
export default class App extends Component<Props> {
  render() { return <Card title="a" /> }
}
`
  expect(await outline(text, 'tsx')).toEqual(['1-3 function Card', '4-6 class App', '  5-5 method App.render'])
})

test('JavaScript: assigned functions, generators, private methods, JSX', async () => {
  const text = `exports.start = function (a) {
  return a
}
function* numbers() { yield 1 }
class Store {
  #read() {}
  write = () => {}
  static get size() { return <b/> }
}
module.exports = { close: () => {} }
if (a) { const hidden = 1 }
`
  expect(await outline(text, 'javascript')).toEqual([
    '1-3 function exports.start',
    '4-4 function numbers',
    '5-9 class Store',
    '  6-6 method Store.#read',
    '  7-7 method Store.write',
    '  8-8 method Store.size',
    '10-10 function close',
  ])
})

test('Python: decorators, nested functions, methods, comments above the first method', async () => {
  const text = `"""Module."""
LIMIT = 3

# The base.
@dataclass
class Account(Base):
    # open or not
    @property
    def state(self) -> int:
        def inner():
            pass
        return 1

    class Meta:
        x = 1


async def fetch(
    url,
):
    pass
`
  expect(await outline(text, 'python')).toEqual([
    '2-2 constant LIMIT',
    '4-15 class Account',
    '  7-12 method Account.state',
    '    10-11 function Account.state.inner',
    '  14-15 class Account.Meta',
    '18-21 function fetch',
  ])
})

test('Go: methods are named with their receiver', async () => {
  const text = `package main

// Start listens.
// It blocks.
func (s *Server[T]) Start(port int) (err error) {
	local := 1
	const inner = 2
	return
}
func (Plain) Close() {}
func main() {}

type (
	// A is first.
	A struct{ x int }
	B interface{ M() }
)
type C = int
const Limit = 3
var v, w = 1, 2
`
  expect(await outline(text, 'go')).toEqual([
    '3-9 method Server.Start',
    '10-10 method Plain.Close',
    '11-11 function main',
    '13-15 struct A',
    '16-16 interface B',
    '18-18 type C',
    '19-19 constant Limit',
    '20-20 constant v',
  ])
})

test('Rust: impl blocks, traits, modules, attributes and doc comments', async () => {
  const text = `/// A point.
#[derive(Debug)]
pub struct Point<T> { x: T }

impl<T> fmt::Display for Point<T> {
    /// Makes one.
    pub fn new(x: T) -> Self
    where
        T: Copy,
    {
        Point { x }
    }
}
trait Shape {
    fn area(&self) -> f64;
    fn name(&self) {}
}
mod tests {
    #[test]
    fn works() {}
}
macro_rules! square { () => {} }
const LIMIT: i32 = 1;
enum Kind { A }
`
  expect(await outline(text, 'rust')).toEqual([
    '1-3 struct Point',
    '5-13 impl Point',
    '  6-12 method Point::new',
    '14-17 trait Shape',
    '  15-15 method Shape::area',
    '  16-16 method Shape::name',
    '18-21 namespace tests',
    '  19-20 function tests::works',
    '22-22 macro square',
    '23-23 constant LIMIT',
    '24-24 enum Kind',
  ])
})

test('Java: nested types, constructors, annotations', async () => {
  const text = `package a;

/** Doc. */
@Service(name = "x")
public class Shop<T> extends Base {
  int field;

  /** Sells. */
  @Override
  public String sell(int n) throws E {
    return "";
  }
  Shop() {}
  static class Till {
    enum Coin { ONE; void spin() {} }
  }
  record Pair(int a) { Pair { } }
  interface Buyer { void pay(); }
}
`
  expect(await outline(text, 'java')).toEqual([
    '3-19 class Shop',
    '  8-12 method Shop.sell',
    '  13-13 method Shop.Shop',
    '  14-16 class Shop.Till',
    '    15-15 enum Shop.Till.Coin',
    '      15-15 method Shop.Till.Coin.spin',
    '  17-17 class Shop.Pair',
    '    17-17 method Shop.Pair.Pair',
    '  18-18 interface Shop.Buyer',
    '    18-18 method Shop.Buyer.pay',
  ])
})

test('C: functions that return pointers, prototypes, typedefs, macros, code inside #ifdef', async () => {
  const text = `#include <stdio.h>
#define MAX(a, b) ((a) > (b) ? (a) : (b))
/* Finds. */
static const char **find(const char *s)
{
  int local(int);
  return 0;
}
void (*handler(int n))(int) { return 0; }
int prototype(int a);
int (*variable)(int);
struct point { int x; };
typedef struct { int y; } size_y;
typedef int (*callback)(int);
#ifdef X
int inside(void) { return 1; }
#endif
`
  expect(await outline(text, 'c')).toEqual([
    '2-2 macro MAX',
    '3-8 function find',
    '9-9 function handler',
    '10-10 function prototype',
    '12-12 struct point',
    '13-13 struct size_y',
    '14-14 type callback',
    '16-16 function inside',
  ])
})

test('C++: namespaces, templates, operators, members defined outside of their class', async () => {
  const text = `namespace app::core {
/// A box.
template <typename T>
class Box : public Base {
 public:
  Box(int x) : x_(x) {}
  ~Box();
  bool operator==(const Box &o) const { return true; }
  T &get();
 private:
  T x_;
};
}
template <typename T>
T &Box<T>::get() {
  return x_;
}
enum class Mode { On };
using Id = int;
`
  expect(await outline(text, 'cpp')).toEqual([
    '1-13 namespace app::core',
    '  2-12 class app::core::Box',
    '    6-6 method app::core::Box::Box',
    '    7-7 method app::core::Box::~Box',
    '    8-8 method app::core::Box::operator==',
    '    9-9 method app::core::Box::get',
    '14-17 method Box<T>::get',
    '18-18 enum Mode',
    '19-19 type Id',
  ])
})

test('C#: namespaces, properties with code, operators, local functions, attributes', async () => {
  const text = `namespace App.Core
{
  using System;

  /// <summary>Sells.</summary>
  [Serializable]
  public sealed class Shop<T> : Base where T : new()
  {
    const int Limit = 3;
    public int Count { get; set; }
    public int Total => items.Count;
    // how many
    [Test]
    public async Task<int> Sell(int n)
    {
      int Twice(int a) { return a * 2; }
      return Twice(n);
    }
    public Shop() : base() {}
    public static Shop<T> operator +(Shop<T> a, Shop<T> b) => a;
    enum Coin { One }
    record Pair(int A);
  }
  interface IBuyer { void Pay(); }
  delegate int Price(int a);
}
`
  expect(await outline(text, 'csharp')).toEqual([
    '1-26 namespace App.Core',
    '  5-23 class App.Core.Shop',
    '    11-11 method App.Core.Shop.Total',
    '    12-18 method App.Core.Shop.Sell',
    '      16-16 function App.Core.Shop.Sell.Twice',
    '    19-19 method App.Core.Shop.Shop',
    '    20-20 method App.Core.Shop.+',
    '    21-21 enum App.Core.Shop.Coin',
    '    22-22 class App.Core.Shop.Pair',
    '  24-24 interface App.Core.IBuyer',
    '    24-24 method App.Core.IBuyer.Pay',
    '  25-25 type App.Core.Price',
  ])
})

test('PHP: classes, traits, enums, constants, attributes, functions in variables', async () => {
  const text = `<?php
namespace App\\Core;

/** Sells. */
#[Entity]
abstract class Shop extends Base {
  const LIMIT = 3;
  /** One. */
  #[Route('/sell')]
  public function sell(int $n): string {
    $short = fn($a) => $a;
    return '';
  }
  abstract function close();
}
interface Buyer { function pay(); }
trait Logs { function log() {} }
enum Suit: string { case Hearts = 'H'; function color() {} }
function main() {}
$start = function ($a) {
};
`
  expect(await outline(text, 'php')).toEqual([
    '2-2 namespace App\\Core',
    '4-15 class Shop',
    '  7-7 constant Shop::LIMIT',
    '  8-13 method Shop::sell',
    '  14-14 method Shop::close',
    '16-16 interface Buyer',
    '  16-16 method Buyer::pay',
    '17-17 trait Logs',
    '  17-17 method Logs::log',
    '18-18 enum Suit',
    '  18-18 method Suit::color',
    '19-19 function main',
    '20-21 function $start',
  ])
})

test('Ruby: modules, singleton methods, constants, methods behind a word', async () => {
  const text = `# Sells.
module Shop
  LIMIT = 3

  # A cart.
  class Cart < Base
    attr_reader :items

    # Adds up.
    def total(tax)
      rounded = 1
    end

    def self.empty = new
    def ==(other); end

    class << self
      def build; end
    end

    private def hidden; end
  end
  class Till::Drawer; end
end

def main
end
`
  expect(await outline(text, 'ruby')).toEqual([
    '1-24 namespace Shop',
    '  3-3 constant Shop::LIMIT',
    '  5-22 class Shop::Cart',
    '    9-12 method Shop::Cart::total',
    '    14-14 method Shop::Cart::empty',
    '    15-15 method Shop::Cart::==',
    '    18-18 method Shop::Cart::build',
    '    21-21 method Shop::Cart::hidden',
    '  23-23 class Shop::Till::Drawer',
    '26-27 function main',
  ])
})

test('Bash: functions in every form, without the first line of the script', async () => {
  const text = `#!/bin/bash
# Starts.
function start() {
  inner() { :; }
}
stop () ( exit )
function plain {
  cat <<END
not() { :; }
END
}
`
  expect(await outline(text, 'bash')).toEqual([
    '2-5 function start',
    '  4-4 function start.inner',
    '6-6 function stop',
    '7-11 function plain',
  ])
  expect(await outline('#!/bin/sh\na() { :; }\n', 'bash')).toEqual(['2-2 function a'])
})

test('PowerShell: functions, filters, classes, enums', async () => {
  const text = `# Gets.
function Get-Thing {
  [CmdletBinding()]
  param([string]$Name)
  $Name
}
filter Even { $_ }
<#
  A shop.
#>
class Shop : Base {
  [int]$Count
  Shop([int]$a) { }
  [void] Sell([int]$n) { return }
}
enum Coin { One = 1 }
`
  expect(await outline(text, 'powershell')).toEqual([
    '1-6 function Get-Thing',
    '7-7 function Even',
    '8-15 class Shop',
    '  13-13 method Shop.Shop',
    '  14-14 method Shop.Sell',
    '16-16 enum Coin',
  ])
})

test('CSS: rules are called by their selectors; INI files have sections', async () => {
  const text = `/* Cards. */
.card .title,
#main > a {
  color: red;
}
@media (min-width: 10px) {
  .card { color: blue }
}
@keyframes spin { from { top: 0 } }
`
  expect(await outline(text, 'css')).toEqual([
    '1-5 rule .card .title, #main > a',
    '6-8 rule @media (min-width: 10px)',
    '  7-7 rule @media (min-width: 10px) .card',
    '9-9 rule @keyframes spin',
  ])
  expect(await outline('a = 1\n\n; why\n[client]\nverify = true\n[server]\nb = 2\n', 'ini')).toEqual([
    '3-5 section client',
    '6-7 section server',
  ])
})

test.each([
  [
    'typescript',
    'export const f = async (\n  a: number,\n): Promise<number> => {\n}',
    'export const f = async ( a: number, ): Promise<number>',
  ],
  ['typescript', '@Big({\n a: 1 })\nexport class A extends B {\n}', 'export class A extends B'],
  ['python', '@dec\nasync def f(a: int = 1) -> str:\n  pass', 'async def f(a: int = 1) -> str'],
  ['go', 'type S struct {\n\ta int\n}', 'type S struct'],
  ['java', '@Override\npublic class A<T> extends B { }', 'public class A<T> extends B'],
  ['c', 'static int *f(int a)\n{\n}', 'static int *f(int a)'],
  ['csharp', 'public int F<T>(int a) where T : new()\n{\n}', 'public int F<T>(int a) where T : new()'],
  ['php', '<?php\nfunction f(int $a): string\n{\n}', 'function f(int $a): string'],
  ['ruby', 'def f(a, b: 1)\n  a\nend', 'def f(a, b: 1)'],
  ['ruby', 'class A < B # why\nend', 'class A < B'],
  ['bash', 'function f() {\n  :\n}', 'function f()'],
  ['powershell', 'function Get-It($a) {\n}', 'function Get-It($a)'],
  ['rust', 'pub fn f<T>(a: T) -> i32 where T: Copy { 1 }', 'pub fn f<T>(a: T) -> i32 where T: Copy'],
])('the signature of a %s definition ends where its body begins', async (language, text, signature) => {
  expect((await definitionsOf(text, language))[0]?.signature).toBe(signature)
})

test.each([
  ['javascript', 'const a = 1, b = () => 2\n', ['const a = 1', 'b = ()']],
  ['javascript', 'export default { a() {}, b: () => 1 }\n', ['export default { a() {}, b: () => 1 }', 'a()', 'b: ()']],
  ['cpp', 'extern "C" { void a() {} }\n', ['void a()']],
])('the signatures of %s definitions that share a line are apart: %j', async (language, text, signatures) => {
  expect((await definitionsOf(text, language)).map(({ signature }) => signature)).toEqual(signatures)
})

test('a comment behind code is not part of the definition below', async () => {
  expect(await outline('let a = 1 // about a\nfunction b() {}\n', 'javascript')).toContain('2-2 function b')
})

test('a comment set apart by an empty line is not part of the definition below', async () => {
  expect(await outline('// License\n\nfunction b() {}\n', 'javascript')).toEqual(['3-3 function b'])
})

test('broken code gives the definitions that can be read', async () => {
  const names = (await definitionsOf('function a() {}\nclass {{{ ]]\nfunction b() {}\n', 'javascript')).map(
    (d) => d.name,
  )
  expect(names).toContain('a')
})

test('a language without a grammar has no definitions', async () => {
  expect(await definitionsOf('create function a()', 'sql')).toEqual([])
  expect(await definitionsOf('x', 'constructor')).toEqual([])
})

test('of a file too long to parse, the beginning is read', async () => {
  const text = Array.from({ length: 20_000 }, (_, i) => `func f${i}() { return }\n\n\n`).join('')
  const definitions = await definitionsOf(text, 'go')
  expect(definitions[0]?.name).toBe('f0')
  expect(definitions.length).toBeLessThan(20_000)
})

test('a text that would keep the parser busy for minutes is given up', async () => {
  expect(await definitionsOf('a<b(c{'.repeat(80_000), 'cpp')).toEqual([])
})

test('a comment behind a decorator does not part it from its definition', async () => {
  expect(await outline('@a # why\n@b\ndef f(): pass\n', 'python')).toEqual(['1-3 function f'])
})

test('any text at all, in any language, gives lines inside the text and in order', async () => {
  const piece = fc.constantFrom(
    'class A',
    '{',
    '}',
    '(',
    'def f():\n  ',
    'func x',
    '=>',
    '`',
    '"',
    '/*',
    '\n',
    '#if',
    'é😀',
    ';',
    'impl ',
    '<?php ',
    '$x',
    '[a]',
    '<<A',
    'end',
  )
  const languages = fc.constantFrom(
    ...'typescript tsx javascript python go rust java cpp csharp php ruby bash powershell css ini'.split(' '),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 40 }), languages, async (pieces, language) => {
      const text = pieces.join('')
      const lines = text.split('\n').length
      for (const definition of await definitionsOf(text, language)) {
        expect(definition.startLine).toBeGreaterThan(0)
        expect(definition.endLine).toBeGreaterThanOrEqual(definition.startLine)
        expect(definition.endLine).toBeLessThanOrEqual(lines)
        expect(definition.name).not.toBe('')
      }
    }),
    { numRuns: 150 },
  )
})

test('enclosing gives the innermost definition of a line', async () => {
  const definitions = await definitionsOf('class A {\n  b() {\n    go()\n  }\n}\nstop()\n', 'javascript')
  expect(enclosing(definitions, 3)?.name).toBe('A.b')
  expect(enclosing(definitions, 5)?.name).toBe('A')
  expect(enclosing(definitions, 6)).toBeUndefined()
})
