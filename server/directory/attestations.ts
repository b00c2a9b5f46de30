import { encodeSignedAttestation } from '../../crypto/wire/attestation.js';
import type { ChainState } from '../../crypto/wire/chain.js';
import type { MailboxId, RegistrarId } from '../../crypto/wire/ids.js';
import type { Transaction } from '../db/open.js';
import { foldName } from '../db/sql.js';
import { Problem } from '../http/problem.js';
import type { Step } from './chains.js';
import { findPracticeOf, upsertAttestation } from './attestation-store.js';

/** What the relay does with the word of registrars in a chain (docs/spec/names.md §3, §6). */

export interface NameClaims {
  claimName(trx: Transaction, practiceId: number, name: string): Promise<ClaimOutcome>;
  claimVouchedName(
    trx: Transaction,
    practiceId: number,
    vouched: { readonly name: string; readonly place: string },
  ): Promise<ClaimOutcome>;
}
type ClaimOutcome = 'taken' | 'confusable' | 'protected' | 'mixed';

export interface AttestationDeps extends NameClaims {
  /** The registrars that the operator has configured. */
  readonly registrars: readonly RegistrarId[];
}

/** Enters the attestations that the steps bring, in the transaction that stores them. @throws Problem `name-confusable` (attack A3) */
export async function enterAttestations(
  deps: AttestationDeps,
  trx: Transaction,
  base: ChainState,
  steps: readonly Step[],
): Promise<void> {
  let before = base;
  for (const { state } of steps) {
    for (const [registrarId, said] of state.attestations) {
      if (said === before.attestations.get(registrarId)) continue;
      const { attestation } = said;
      await claimFor(deps, trx, state.mailboxId, registrarId, attestation);
      const folded = [attestation.name, attestation.place, attestation.specialty].map(foldName).join(' ');
      const record = encodeSignedAttestation(said);
      await upsertAttestation(trx, { ...attestation, registrarId, seq: state.seq, record, folded });
    }
    before = state;
  }
}

async function claimFor(
  deps: AttestationDeps,
  trx: Transaction,
  mailboxId: MailboxId,
  registrarId: RegistrarId,
  vouched: { readonly name: string; readonly place: string },
): Promise<void> {
  const practiceId = await findPracticeOf(trx, mailboxId);
  const isTrusted = deps.registrars.includes(registrarId);
  const claim = isTrusted
    ? await deps.claimVouchedName(trx, practiceId, vouched)
    : await deps.claimName(trx, practiceId, vouched.name);
  if (claim !== 'taken') throw new Problem('name-confusable');
}
