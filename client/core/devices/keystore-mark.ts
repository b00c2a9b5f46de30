import { equalBytes } from '../../../crypto/wire/bytes.js';
import { type KeystoreMark, encodeKeystoreMark, parseKeystoreMark } from '../../../crypto/wire/device-claims.js';
import { WireError } from '../../../crypto/wire/error.js';
import { verifySignature } from '../../../crypto/wire/signature.js';
import { SealError } from '../../../crypto/seal/error.js';
import { type Account } from '../account/account.js';
import { CoreError } from '../error.js';
import { type SignedClaim } from '../relay/device-routes.js';
import { type Relay } from '../relay/relay.js';
import { failureKind } from '../relay/retry.js';

/**
 * The relay remembers the newest keystore of each device, signed by the device: whoever puts back an older one together
 * with its journal is told so (docs/spec/keystore.md §5).
 */

/** `unchecked`: the relay could not be asked; what is on this disk is believed. */
export type MarkCheck = 'newest' | 'unchecked';

/** @throws SealError `keystore-version`; CoreError `relay-answer` for a mark that the device cannot have signed */
export async function checkKeystoreMark(account: Account, relay: Relay): Promise<MarkCheck> {
  try {
    const found = await relay.keystoreMark();
    if (found !== null) compare(account, found);
    const isRenewing = (account.content.pending?.device ?? null) !== null;
    if (!isRenewing) await leaveKeystoreMark(account, relay, found);
    return 'newest';
  } catch (error) {
    if (error instanceof CoreError && failureKind(error) !== 'permanent') return 'unchecked';
    throw error;
  }
}

function compare(account: Account, found: SignedClaim): void {
  const own = account.keystoreFile();
  const mark = readMark(account, found);
  if (mark.version < own.version) return;
  if (mark.version === own.version && equalBytes(mark.digest, own.digest)) return;
  throw new SealError('keystore-version', 'the relay has seen a newer keystore of this device');
}

/** A mark below the own version may have been signed with keys that were renewed since; above, it is ours or a lie. */
function readMark(account: Account, { claim, signature }: SignedClaim): KeystoreMark {
  const { mailboxId, device } = account.content;
  try {
    const mark = parseKeystoreMark(claim);
    const isOwn = mark.mailboxId === mailboxId && mark.deviceId === device.deviceId;
    if (!isOwn) throw new WireError('shape', 'a mark of another device');
    if (mark.version >= account.keystoreFile().version) {
      verifySignature('keystore', account.key.publicKey, claim, signature);
    }
    return mark;
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new CoreError('relay-answer', 'not a mark of this device', { cause });
  }
}

/** Tells the relay which keystore is the newest by now, unless it knows. */
export async function leaveKeystoreMark(
  account: Account,
  relay: Relay,
  known: SignedClaim | null = null,
): Promise<void> {
  const { mailboxId, device } = account.content;
  const claim = encodeKeystoreMark({ mailboxId, deviceId: device.deviceId, ...account.keystoreFile() });
  if (known !== null && equalBytes(known.claim, claim)) return;
  await relay.putKeystoreMark({ claim, signature: account.key.sign('keystore', claim) });
}
