import type { Marks } from './attributes.ts'
import { dataReason } from './data-files.ts'
import { isMarkedGenerated } from './generated.ts'
import { isMinified } from './minified.ts'

/** Why a file is left out for where it lies and what the repository says of it, or undefined. */
export function skipByMarks({ generated, vendored }: Marks, isVendored: boolean): string | undefined {
  if (generated === true) return 'generated'
  if (vendored === true) return 'vendored'
  return isVendored && vendored !== false ? 'vendored' : undefined
}

/** Why a file holds nothing to read, whoever asks for it. */
export function skipEmpty(text: string): string | undefined {
  if (text === '') return 'empty'
  // guard: whole-pointer
  return lfsPointer.test(text) ? 'Git LFS pointer' : undefined
}

/** All of it: a program that only begins like one is a program. */
const lfsPointer =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v\d+\n(?:ext-\d-\S+ \S+\n)*oid sha256:\w+\nsize \d+\n?$/

/**
 * Why a file was not written by hand, or undefined: by its text. What the repository says to the contrary
 * counts more.
 */
export function skipByText(path: string, text: string, { generated, vendored }: Marks = {}): string | undefined {
  if (generated === false) return undefined
  const data = dataReason(path, text)
  if (data !== undefined) return data
  if (isMarkedGenerated(text)) return 'generated'
  return vendored !== false && isMinified(path, text) ? 'minified' : undefined
}
