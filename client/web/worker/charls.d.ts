/** The package has no types: what we use of it is in client/core/coding/charls.ts. */
declare module '@cornerstonejs/codec-charls/wasmjs' {
  const factory: (options: { readonly wasmBinary: Uint8Array }) => Promise<unknown>;
  export default factory;
}

/** Put in by the build as bytes. */
declare module '@cornerstonejs/codec-charls/wasm' {
  const bytes: Uint8Array;
  export default bytes;
}
