/** Lines of code of which each stands nowhere else, in functions of 20 lines, `size` characters in all. */
export function code(name: string, size: number): string {
  const lines: string[] = []
  for (let length = 0, n = 1; length < size; n += 1) {
    const inner = n % 20
    const line =
      inner === 1
        ? `export function ${name}${n}(items) {`
        : inner === 0
          ? `} // end of ${name}${n}`
          : `  const ${name}${n} = items.at(${n}) + items.slice(${n}, ${n * 3}).length * ${n * 7}`
    lines.push(line)
    length += line.length + 1
  }
  return `${lines.join('\n')}\n`
}
