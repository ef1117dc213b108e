/** Replaced by the build with the version of package.json; the sources say so. */
declare const __VERSION__: string | undefined

export const version: string = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0-source'
