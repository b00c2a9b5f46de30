/** dcmjs comes without types; dictionary.ts says which part of it is used. */
declare module 'dcmjs' {
  const dcmjs: unknown;
  export default dcmjs;
}
