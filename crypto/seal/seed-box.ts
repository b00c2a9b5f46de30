import { concatBytes, equalBytes, utf8 } from '../wire/bytes.js';
import { type SeedBox } from '../wire/seed-box.js';
import { SealError } from './error.js';
import { setupReceiver, setupSender } from './hpke.js';
import { type Secret, asSecret } from './secret.js';

/** A seed sealed for one holder (docs/spec/mailbox.md §4); `info` says whose seed and whose box it is. */

export const COMMITMENT_LABEL: Uint8Array = utf8('bb1/commit');

export async function sealSeed(seed: Secret, publicKey: Uint8Array, info: Uint8Array): Promise<SeedBox> {
  const sender = await setupSender(publicKey, info);
  const commitment = sender.export(COMMITMENT_LABEL, 32);
  const ciphertext = await sender.seal(concatBytes(sender.enc, commitment), seed);
  sender.close();
  return { enc: sender.enc, commitment, ciphertext };
}

/** @throws SealError `open-failed` */
export async function openSeed(box: SeedBox, kemSeed: Secret, info: Uint8Array): Promise<Secret> {
  const receiver = await setupReceiver(kemSeed, box.enc, info);
  try {
    if (!equalBytes(receiver.export(COMMITMENT_LABEL, 32), box.commitment)) {
      throw new SealError('open-failed', 'the commitment differs');
    }
    return asSecret(await receiver.open(concatBytes(box.enc, box.commitment), box.ciphertext));
  } finally {
    receiver.close();
  }
}
