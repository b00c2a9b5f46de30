/** The packages have no types: what we use of them is in client/core/coding/charls.ts and client/core/pixels/wasm-codec.ts. */
declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const factory: (options: { readonly wasmBinary: Uint8Array }) => Promise<unknown>;
  export default factory;
}

/** Put in by the build as bytes. */
declare module '@cornerstonejs/codec-charls/decodewasm' {
  const bytes: Uint8Array;
  export default bytes;
}

/** With the encoder, for the workers that code. */
declare module '@cornerstonejs/codec-charls/wasmjs' {
  const factory: (options: { readonly wasmBinary: Uint8Array }) => Promise<unknown>;
  export default factory;
}

declare module '@cornerstonejs/codec-charls/wasm' {
  const bytes: Uint8Array;
  export default bytes;
}

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const factory: (options: { readonly wasmBinary: Uint8Array }) => Promise<unknown>;
  export default factory;
}

declare module '@cornerstonejs/codec-openjpeg/decodewasm' {
  const bytes: Uint8Array;
  export default bytes;
}

declare module '@cornerstonejs/codec-openjph/wasmjs' {
  const factory: (options: { readonly wasmBinary: Uint8Array }) => Promise<unknown>;
  export default factory;
}

declare module '@cornerstonejs/codec-openjph/wasm' {
  const bytes: Uint8Array;
  export default bytes;
}

declare module '@cornerstonejs/codec-openjpeg/wasmjs' {
  const factory: (options: { readonly wasmBinary: Uint8Array }) => Promise<unknown>;
  export default factory;
}

declare module '@cornerstonejs/codec-openjpeg/wasm' {
  const bytes: Uint8Array;
  export default bytes;
}
