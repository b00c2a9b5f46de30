import { type Account } from '../core/account/account.js';
import { isVerifiedInPerson } from '../core/contacts/contacts.js';
import { type MailboxId } from '../core/ids.js';
import { type PracticeName, practiceName } from '../core/directory/practice-name.js';
import { type Language } from './texts.js';

/** How names are shown everywhere: whose word a name is, is never left out, and is another matter than the keys. */

/** Text from outside must not steer the terminal (attack A24). */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '\u{fffd}');
}

/** Beside `verified`, which is about the keys. */
export function nameJson(name: PracticeName | null) {
  const said = name?.attestation ?? null;
  return {
    name: name?.name ?? null,
    nameVerified: name?.isVerified ?? false,
    place: said?.place ?? null,
    street: said?.street ?? null,
    specialty: said?.specialty ?? null,
  };
}

export function nameText(name: PracticeName | null, language: Language): string {
  if (name === null) return language === 'de' ? 'ohne Namen' : 'no name';
  const place = name.attestation === null ? '' : `, ${plain(name.attestation.place)}`;
  const [yes, no] = language === 'de' ? ['Name geprüft', 'Name ungeprüft'] : ['name verified', 'name unverified'];
  return `${plain(name.name)}${place} (${name.isVerified ? yes : no})`;
}

/** A contact that this device has pinned. */
export function contactJson(account: Account, mailboxId: MailboxId, nowMs: number) {
  const { name, nameVerified } = nameJson(practiceName(account, mailboxId, nowMs));
  return { name, nameVerified, verifiedInPerson: isVerifiedInPerson(account, mailboxId) };
}
