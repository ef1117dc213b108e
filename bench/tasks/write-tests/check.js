// The tests have to pass on slug.js, and to fail on each of these mistakes.
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const right = fs.readFileSync('slug.js', 'utf8')
const passes = () => {
  try {
    execFileSync(process.execPath, ['--test', 'slug.test.js'], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}
const wrong = [
  right.replace('.toLowerCase()', ''),
  right.replace("'-'", "'_'"),
  right.replace(".replace(/^-|-$/g, '')", ''),
]
if (!fs.existsSync('slug.test.js') || !passes()) throw new Error('slug.test.js does not pass')
for (const text of wrong) {
  fs.writeFileSync('slug.js', text)
  const isMissed = passes()
  fs.writeFileSync('slug.js', right)
  if (isMissed) throw new Error(`slug.test.js passes on this too:\n${text}`)
}
