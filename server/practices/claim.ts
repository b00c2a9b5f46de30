import type { Address } from '../../crypto/wire/ids.js';
import { recordAudit } from '../audit/record.js';
import type { Database, Transaction } from '../db/open.js';
import { foldName } from '../db/sql.js';
import { inTransaction } from '../db/transaction.js';
import {
  type LookKind,
  deleteProtected,
  findOwners,
  findProtected,
  insertProtected,
  isInUse,
  listAddresses,
  listAddressesOf,
  listPractices,
  listProtected,
  releaseForm,
  releaseForms,
  takeForms,
  updateFoldedName,
} from './look-store.js';
import { formsOfAddress, formsOfName, formsWithin, isOneScript } from './looks.js';

/** Names and addresses by their looks (docs/spec/names.md §6). Each claim says whether it could be had. */

export type Claim = 'taken' | 'confusable' | 'protected' | 'mixed';

/** A name on somebody's word alone: it must look like no other practice's. */
export async function claimName(trx: Transaction, practiceId: number, name: string): Promise<Claim> {
  if ((await findProtected(trx, formsWithin(name))) !== null) return 'protected';
  const claimed = await claim(trx, 'name', formsOfName(name), practiceId);
  return claimed === 'taken' && !isOneScript(name) ? 'mixed' : claimed;
}

export interface VouchedName {
  readonly name: string;
  readonly place: string;
}

/** A name that a configured registrar vouches for: another practice in another place may have the same. */
export async function claimVouchedName(
  trx: Transaction,
  practiceId: number,
  { name, place }: VouchedName,
): Promise<Claim> {
  if (!isOneScript(name)) return 'mixed';
  const claimed = await claim(trx, 'place', formsOfName(`${name} ${place}`), practiceId);
  // From now on nobody can have it without a registrar.
  if (claimed === 'taken') await takeForms(trx, 'name', formsOfName(name), practiceId);
  return claimed;
}

export async function claimAddress(trx: Transaction, practiceId: number, address: Address): Promise<Claim> {
  const forms = formsOfAddress(address);
  await takeForms(trx, 'address', forms, practiceId);
  const owners = await findOwners(trx, 'address', forms, practiceId);
  for (const owner of owners) {
    const others = await listAddressesOf(trx, owner);
    if (others.some((other) => formsOfAddress(other).some((form) => forms.includes(form)))) return 'confusable';
  }
  // An invitation of which nothing came had it.
  if (owners.length > 0) await takeOver(trx, 'address', forms, practiceId);
  return 'taken';
}

async function claim(
  trx: Transaction,
  kind: 'name' | 'place',
  forms: readonly string[],
  practiceId: number,
): Promise<Claim> {
  if (forms.includes('')) return 'confusable';
  await takeForms(trx, kind, forms, practiceId);
  const owners = await findOwners(trx, kind, forms, practiceId);
  for (const owner of owners) {
    if (await isInUse(trx, owner)) return 'confusable';
    await releaseForms(trx, owner);
  }
  if (owners.length > 0) await takeForms(trx, kind, forms, practiceId);
  return 'taken';
}

async function takeOver(trx: Transaction, kind: LookKind, forms: readonly string[], practiceId: number): Promise<void> {
  for (const form of forms) await releaseForm(trx, kind, form);
  await takeForms(trx, kind, forms, practiceId);
}

/** From then on the name stands in no other, as whole words. */
export async function protectNames(db: Database, names: readonly string[]): Promise<void> {
  await inTransaction(db, async (trx) => {
    for (const name of names) await insertProtected(trx, formsOfName(name), name);
    await recordAudit(trx, { kind: 'names-protected', count: names.length });
  });
}

/** @returns whether it was protected */
export async function unprotectName(db: Database, name: string): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    const isGone = (await deleteProtected(trx, name)) > 0;
    if (isGone) await recordAudit(trx, { kind: 'name-unprotected' });
    return isGone;
  });
}

export { listProtected };

/**
 * At a start: names and addresses of earlier versions take their forms, protected names as well; where two look alike already, the older keeps it.
 * Also writes names again as this version folds them for searching.
 */
export async function claimKnownNames(db: Database): Promise<void> {
  await inTransaction(db, async (trx) => {
    for (const { practiceId, name, foldedName } of await listPractices(trx)) {
      if (foldName(name) !== foldedName) await updateFoldedName(trx, practiceId, foldName(name));
      await takeForms(trx, 'name', formsOfName(name), practiceId);
    }
    for (const { practice_id: practiceId, address } of await listAddresses(trx)) {
      await takeForms(trx, 'address', formsOfAddress(address), practiceId);
    }
    for (const name of await listProtected(trx)) await insertProtected(trx, formsOfName(name), name);
  });
}
