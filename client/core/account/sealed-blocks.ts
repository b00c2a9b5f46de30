import { concatBytes, utf8, writeUint64 } from '../../../crypto/wire/bytes.js';
import { SealError } from '../../../crypto/seal/error.js';
import {
  AES_GCM_IV_BYTES,
  TAG_BYTES,
  aesGcmKey,
  aesGcmOpen,
  aesGcmSeal,
  randomBytes,
  wipe,
} from '../../../crypto/seal/suite.js';
import { CoreError } from '../error.js';
import { type Account } from './account.js';

/**
 * What has been received, at rest beside a locked keystore (docs/spec/keystore.md §5): blocks of fixed size, each bound to
 * its container and its place. A block is written again with a fresh IV while it fills up.
 */
export const BLOCK_PLAIN_BYTES = 65_536;
export const BLOCK_SEALED_BYTES = AES_GCM_IV_BYTES + BLOCK_PLAIN_BYTES + TAG_BYTES;

export interface BlockSealer {
  /** @param plain at most BLOCK_PLAIN_BYTES */
  seal(container: string, index: number, plain: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** @throws CoreError `staging-lost` for a block of another place, container or key, or an altered one */
  open(container: string, index: number, sealed: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
}

const LABEL = 'received';

export async function createBlockSealer(account: Account): Promise<BlockSealer> {
  const secret = account.subkey(LABEL);
  const key = await aesGcmKey(secret);
  wipe(secret);
  return {
    async seal(container, index, plain) {
      if (plain.length > BLOCK_PLAIN_BYTES) throw new SealError('limits', 'a block has at most 64 KiB');
      const iv = randomBytes(AES_GCM_IV_BYTES);
      return concatBytes(iv, await aesGcmSeal(key, iv, place(container, index), plain));
    },
    async open(container, index, sealed) {
      const iv = sealed.subarray(0, AES_GCM_IV_BYTES);
      try {
        return await aesGcmOpen(key, iv, place(container, index), sealed.subarray(AES_GCM_IV_BYTES));
      } catch (cause) {
        if (!(cause instanceof SealError)) throw cause;
        throw new CoreError('staging-lost', 'a stored block does not open', { cause });
      }
    },
  };
}

function place(container: string, index: number): Uint8Array {
  return concatBytes(utf8(`bb1/block\0${container}\0`), writeUint64(index));
}
