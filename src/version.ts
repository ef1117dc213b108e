/** The build replaces this with the version in package.json; when the sources run, it does not exist. */
declare const __VERSION__: string | undefined

export const version: string = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0-source'
