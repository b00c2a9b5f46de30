/** dcmjs comes without types; second-reader.ts says which part of it the tests use. */
declare module 'dcmjs' {
  const dcmjs: unknown;
  export default dcmjs;
}
