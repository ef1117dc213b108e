// Loaded into the program: it dies as with a power cut when it is about to put a new file in the place of the old one.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

fs.renameSync = fs.promises.rename = () => process.kill(process.pid, 'SIGKILL')
syncBuiltinESMExports()
