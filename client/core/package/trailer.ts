import { cborRecord, encodeCbor, parseCbor } from '../../../crypto/wire/cbor.js';
import { asMap, asUint, assertKeys } from '../../../crypto/wire/shape.js';
import { readManifestRef, writeManifestRef, type ManifestRef } from './digest-part.js';
import { guarded } from './guard.js';
import { MAX_FILES, MAX_TRAILER_BYTES } from './limits.js';

/** docs/spec/payload.md §7.7: closes the package. */
export interface Trailer {
  readonly files: number;
  /** Sum of the original sizes. */
  readonly bytes: number;
  readonly newest: ManifestRef;
}

export function encodeTrailer(trailer: Trailer): Uint8Array {
  return encodeCbor(
    cborRecord({
      1: trailer.files,
      2: trailer.bytes,
      3: writeManifestRef(trailer.newest),
    }),
  );
}

/** @throws CoreError `package-trailer` */
export function parseTrailer(bytes: Uint8Array): Trailer {
  return guarded('package-trailer', () => {
    const map = asMap(parseCbor(bytes, { maxBytes: MAX_TRAILER_BYTES }));
    assertKeys(map, [1, 2, 3]);
    return { files: asUint(map.get(1), MAX_FILES), bytes: asUint(map.get(2)), newest: readManifestRef(map.get(3)) };
  });
}
