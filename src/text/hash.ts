/**
 * SHA-256 of the concatenated parts, in hex. Node's cryptography takes milliseconds to load, so it is loaded when it is
 * first needed.
 */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** Random bytes, in hex. */
export function randomHex(bytes: number): string {
  return process.getBuiltinModule('node:crypto').randomBytes(bytes).toString('hex')
}
