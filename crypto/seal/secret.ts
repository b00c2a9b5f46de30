declare const secret: unique symbol;

/** 32 bytes that never leave the device in the clear: the type keeps them out of places meant for public bytes. */
export type Secret = Uint8Array<ArrayBuffer> & { readonly [secret]: true };

const SECRET_BYTES = 32;

/** @throws RangeError for another length: a mistake of the caller, never of outside bytes */
export function asSecret(bytes: Uint8Array): Secret {
  if (bytes.length !== SECRET_BYTES) throw new RangeError('a secret has 32 bytes');
  return bytes.slice() as Secret;
}
