// A part of nunjucks that its published types leave out; engine.ts says what we use of it.
declare module 'nunjucks/src/runtime.js' {
  const runtime: unknown
  export default runtime
}
