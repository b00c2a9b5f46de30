import { type Address } from '../../../crypto/wire/ids.js';
import { type HeaderPayload } from '../../../crypto/wire/message.js';
import { isViewFailure } from '../directory/view-failure.js';
import { type Desk } from '../desk.js';
import { failureKind } from '../relay/retry.js';
import { addressOf } from './inbox.js';

/** Who sealed forwarded files, and whether that device has been ended since (docs/spec/envelope.md §7). */
export interface Origin {
  /** By the chain of the mailbox; null when it has never been seen. */
  readonly from: Address | null;
  /** A device that is no longer in force may have signed at any time, also afterwards: a person is told. */
  readonly revoked: { readonly timeMs: number | null; readonly reason: string } | null;
}

/** @returns null for files that the sender himself has sealed */
export async function originOf(desk: Desk, payloads: readonly HeaderPayload[]): Promise<Origin | null> {
  const origin = payloads.find((payload) => payload.origin !== null)?.origin ?? null;
  if (origin === null) return null;
  const revoked = await revocationOf(desk, origin);
  return { from: addressOf(desk.account, origin.mailboxId), revoked };
}

async function revocationOf(
  { directory }: Desk,
  { mailboxId, deviceId }: NonNullable<HeaderPayload['origin']>,
): Promise<Origin['revoked']> {
  try {
    const { state } = await directory.lookup(mailboxId, 1, 'whole');
    const device = state.devices.get(deviceId);
    if (device === undefined || device.revokedSeq === null) return null;
    return { timeMs: device.revokedMs, reason: device.revokedReason ?? '' };
  } catch (error) {
    // Nothing of the message is fetched while the directory cannot be believed, and the message itself says so. Without a
    // connection what was fetched before is still read; the next look asks again.
    if (!isViewFailure(error) && failureKind(error) === 'permanent') throw error;
    return null;
  }
}
