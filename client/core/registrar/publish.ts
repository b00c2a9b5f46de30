import { type SignedAttestation, openSignedAttestation } from '../../../crypto/wire/attestation.js';
import { fromBase64Url } from '../../../crypto/wire/bytes.js';
import { WireError } from '../../../crypto/wire/error.js';
import { signingKeyFromSeed } from '../../../crypto/seal/sign.js';
import { type Extended, signAttest } from '../../../crypto/seal/statements.js';
import { type Secret } from '../../../crypto/seal/secret.js';
import { type ChainState } from '../../../crypto/wire/chain.js';
import { type Desk } from '../desk.js';
import { CoreError } from '../error.js';

/**
 * Takes a registrar's word about this mailbox into its chain (docs/spec/names.md §3), where everybody can see it.
 * @param text what the registrar has handed back
 * @throws CoreError `attestation-invalid`, `identity-missing`, `name-confusable`
 */
export async function publishAttestation(desk: Desk, text: string): Promise<SignedAttestation> {
  const { account, relay, directory, clock } = desk;
  const { mailboxId, identitySeed } = account.content;
  const said = parse(text);
  if (identitySeed === null) throw new CoreError('identity-missing', 'this device does not hold the identity key');
  const { state } = await directory.refresh(mailboxId);
  const next = extend(state, identitySeed, said, clock.now());
  await relay.postStatements(mailboxId, [next.bytes]);
  await directory.refresh(mailboxId);
  return said;
}

function parse(text: string): SignedAttestation {
  try {
    return openSignedAttestation(fromBase64Url(text.replaceAll(/\s/g, '')));
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new CoreError('attestation-invalid', 'not an attestation', { cause });
  }
}

function extend(state: ChainState, identitySeed: Secret, said: SignedAttestation, nowMs: number): Extended {
  const identity = signingKeyFromSeed(identitySeed);
  try {
    return signAttest(state, identity, said, nowMs);
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new CoreError('attestation-invalid', 'not an attestation for this mailbox, or not a new one', { cause });
  } finally {
    identity.close();
  }
}
