// A part of nunjucks that its published types leave out; nunjucks.ts has the types that are used.
declare module 'nunjucks/src/runtime.js' {
  const runtime: unknown
  export default runtime
}
