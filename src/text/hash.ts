/**
 * SHA-256 of the parts one after the other, in hex. Node's cryptography takes milliseconds to load, so it is asked for
 * when the first thing is hashed, and a start that hashes nothing does without.
 */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** So many random bytes, in hex. */
export function randomHex(bytes: number): string {
  return process.getBuiltinModule('node:crypto').randomBytes(bytes).toString('hex')
}
