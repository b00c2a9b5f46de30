import { WireError } from '../../../crypto/wire/error.js';
import { type MailboxId } from '../../../crypto/wire/ids.js';
import { parseSecretLink } from '../../../crypto/wire/pairing.js';
import { type PairingPosition } from '../../../crypto/seal/pairing.js';
import { RECOVERY_WORD_COUNT, parseRecoveryWords } from '../../../crypto/seal/recovery-words.js';
import { WITNESS_WORD_COUNT } from '../../../crypto/seal/witness-words.js';
import { type Secret, asSecret } from '../../../crypto/seal/secret.js';
import { assertSecure } from '../account/enrol.js';
import { CoreError, throwIfAborted } from '../error.js';
import { type Relay } from '../relay/relay.js';

/** How two devices find each other at the relay (docs/spec/pairing.md §2). */

/** docs/spec/pairing.md §2: the relay forgets a pairing after this. */
export const PAIRING_MS = 10 * 60_000;

/** Waits, or is told that waiting is over. */
export interface Waiting {
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
}

const POLL_MS = 400;

/** Asks until the other side has said something. @throws CoreError `pairing-expired`, `aborted` */
export async function waitForBlob(
  relay: Relay,
  id: Uint8Array,
  place: PairingPosition,
  untilMs: number,
  { pause, now, signal }: Waiting,
): Promise<Uint8Array> {
  for (;;) {
    throwIfAborted(signal);
    const blob = await relay.pairingBlob(id, place);
    if (blob !== null) return blob;
    if (now() >= untilMs) throw new CoreError('pairing-expired', 'the other device has not answered in time');
    await pause(POLL_MS, signal);
  }
}

/** What a person carries to this device: where the relay is, the secret, and the mailbox if a link named it. */
export interface CarriedSecret {
  readonly origin: string;
  readonly secret: Secret;
  readonly mailboxId: MailboxId | null;
  /** Of a kit that says whose word for the directory counts; null for pairings, and for kits of before. */
  readonly witnessWords: readonly string[] | null;
}

/**
 * A link as the other device or the kit shows it, or 24 words with the relay's address beside them; a kit has four more.
 * @throws CoreError `pairing-unknown` for a link of another purpose, `relay-insecure`; SealError `recovery-words-…`
 */
export function parseCarriedSecret(
  text: string,
  expected: { readonly purpose: 'pair' | 'recover'; readonly origin: string | null },
): CarriedSecret {
  const link = linkIn(text);
  if (link !== null && link.purpose === expected.purpose) {
    const { mailboxId, witnessWords = null } = link;
    return { origin: secureOrigin(link.origin), secret: asSecret(link.secret), mailboxId, witnessWords };
  }
  if (link !== null || expected.origin === null) throw new CoreError('pairing-unknown', 'not a link for this');
  const { code, witnessWords } = splitKit(text, expected.purpose);
  const secret = asSecret(copyOf(parseRecoveryWords(code)));
  return { origin: secureOrigin(expected.origin), secret, mailboxId: null, witnessWords };
}

/** The words of a kit, or of a kit of before, or of a pairing, which have no witness words. */
function splitKit(text: string, purpose: 'pair' | 'recover'): { code: string; witnessWords: string[] | null } {
  const words = text.trim().split(/\s+/u);
  const isWhole = purpose === 'recover' && words.length === RECOVERY_WORD_COUNT + WITNESS_WORD_COUNT;
  if (!isWhole) return { code: text, witnessWords: null };
  return {
    code: words.slice(0, RECOVERY_WORD_COUNT).join(' '),
    witnessWords: words.slice(RECOVERY_WORD_COUNT),
  };
}

function linkIn(text: string): ReturnType<typeof parseSecretLink> | null {
  try {
    return parseSecretLink(text);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

/** @throws CoreError `relay-insecure`, `pairing-unknown` when it is no address */
function secureOrigin(text: string): string {
  if (!URL.canParse(text)) throw new CoreError('pairing-unknown', 'not the address of a relay');
  const url = new URL(text);
  assertSecure(url);
  return url.origin;
}

function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
