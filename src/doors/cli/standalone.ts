// Where the standalone binary begins.
//
// bun compiles WebAssembly once more while it runs, to make it faster. Reading the first files takes a tenth of a second
// longer for it, and a run that looks at files is mostly over when it would pay. Only the environment of a new process can
// say that it is not to; to begin again in place of this one takes 4 ms.
const setting = 'BUN_JSC_useOMGJIT'
const looksAtFiles = /^(?:-[fd]|--(?:files|dir|git-diff|base)\b|hook$)/

type Process = { execve?: (file: string, args: string[], env: NodeJS.ProcessEnv) => never }

const args = process.argv.slice(2)
// A dry run of a file is over by then.
const isLong = args.some((one) => looksAtFiles.test(one)) && !args.includes('--dry-run')
// What a shell opened for us (`-o >(sort)`) would be closed.
const isOpen = args.some((one) => one.includes('/fd/'))
if (process.env[setting] === undefined && isLong && !isOpen) {
  const { execve } = process as Process
  try {
    execve?.call(process, process.execPath, [process.execPath, ...args], { ...process.env, [setting]: '0' })
  } catch {
    // It is only slower then.
  }
}
delete process.env[setting]
await import('./main.ts')
