import { type HeaderPayload } from '../../../crypto/wire/message.js';
import { SealError } from '../../../crypto/seal/error.js';
import { CoreError } from '../error.js';
import { type Account } from '../account/account.js';
import { type Letter } from './inbox.js';
import { type Desk } from '../desk.js';
import { fetchPayloadOpener } from './download.js';
import { payloadSigner } from './payload-signer.js';
import { watchTallies } from './tally-watch.js';

/** How far a message has come, by what its sender has signed. */
export type ArrivalState =
  'held' | 'receiving' | 'complete' | 'aborted' | 'stalled' | 'withdrawn' | 'expired' | 'quarantined';

/** Without a newer tally for this long an upload counts as stalled. */
const STALLED_MS = 15 * 60_000;

/**
 * `complete` when this device has every file, or when the sender's final tally stands and the relay's digests reproduce its
 * root; the bytes themselves are checked when they are fetched.
 */
export async function arrivalOf(desk: Desk, letter: Letter): Promise<ArrivalState> {
  const { account, clock } = desk;
  if (isWithdrawn(account, letter)) return 'withdrawn';
  if (account.state.completed.has(letter.key)) return 'complete';
  if (clock.now() >= letter.stored.expiresMs) return 'expired';
  if (letter.isHeld) return 'held';
  try {
    let state: ArrivalState = 'complete';
    for (const payload of letter.stored.header.payloads) {
      const one = await payloadArrival(desk, letter, payload);
      if (one !== 'complete') state = one;
    }
    return state;
  } catch (error) {
    return stateOfFailure(error);
  }
}

/** The own mailbox has taken it back from everybody. From whom it could not, still has it. */
function isWithdrawn(account: Account, letter: Letter): boolean {
  const withdrawn = letter.isOwn ? account.state.withdrawals.get(letter.stored.header.messageId) : undefined;
  return withdrawn !== undefined && withdrawn.outcomes.every(({ state }) => state !== 'fetched');
}

async function payloadArrival(desk: Desk, { stored }: Letter, payload: HeaderPayload): Promise<ArrivalState> {
  const secret = stored.secrets.get(payload.payloadId);
  if (secret === undefined) return 'quarantined';
  const opener = await fetchPayloadOpener(desk.relay, payload.payloadId, secret);
  const signer = await payloadSigner(desk, stored, payload);
  const verified = await watchTallies(desk.relay, secret, opener.header, signer).update();
  const { status, timeMs } = verified?.tally ?? { status: 'open', timeMs: stored.acceptedMs };
  if (status === 'final') return 'complete';
  if (status === 'aborted') return 'aborted';
  return desk.clock.now() - timeMs > STALLED_MS ? 'stalled' : 'receiving';
}

function stateOfFailure(error: unknown): ArrivalState {
  // A tally that contradicts an earlier one: the sender, not the relay, is at fault.
  if (error instanceof SealError) return 'quarantined';
  if (!(error instanceof CoreError)) throw error;
  switch (error.code) {
    case 'gone':
      return 'expired';
    case 'payload-damaged':
    case 'not-found':
      return 'quarantined';
    default:
      throw error;
  }
}
