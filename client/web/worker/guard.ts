import { type Account } from '../../core/account/account.js';
import { type Address } from '../../core/ids.js';
import { type CollectedStudy } from '../../core/send/study-tree.js';
import { receivedLetters, sentLetters, addressOf } from '../../core/receive/inbox.js';
import { receiptsOf } from '../../core/receive/receipts.js';
import { type GuardFinding } from '../desk/view.js';
import { type SearchIndex } from './search-index.js';
import { folded } from './search-words.js';

/**
 * Looks at the recipients before a message is sealed, as a colleague would who reads the envelope: is the referring physician of
 * the study at that practice, and who got this patient before? It warns, and refuses nothing.
 */
export interface GuardInput {
  readonly account: Account;
  readonly index: SearchIndex;
  readonly to: readonly string[];
  readonly studies: readonly Pick<CollectedStudy, 'patient' | 'referringPhysician'>[];
  readonly practiceNameOf: (address: string) => string | null;
}

/** Of a name that is worth comparing: initials and titles are not. */
const MIN_PART = 3;
const TITLES = new Set(['dr', 'med', 'prof', 'dipl', 'von', 'van', 'der', 'herr', 'frau']);

/** A first contact alone is nothing unusual; beside something else it says why nothing is known. */
export function guardFindings(input: GuardInput): GuardFinding[] {
  return input.to.flatMap((address) => {
    const found = [...physicianFindings(input, address), ...patientFindings(input, address)];
    const isFirst = !input.account.state.pinnedAddresses.has(address as Address);
    return isFirst && found.length > 0 ? [...found, { kind: 'first-contact' as const, address }] : found;
  });
}

function physicianFindings(input: GuardInput, address: string): GuardFinding[] {
  const known = folded([address, input.practiceNameOf(address) ?? '', ...peopleAt(input.account, address)].join('\n'));
  const physicians = new Set(input.studies.map(({ referringPhysician }) => referringPhysician));
  return [...physicians]
    .filter((physician) => {
      const parts = partsOf(physician);
      return parts.length > 0 && !parts.some((part) => known.includes(part));
    })
    .map((physician) => ({ kind: 'physician', physician, address }));
}

/** Members of the practice as they have signed. */
function peopleAt(account: Account, address: string): string[] {
  const written = receivedLetters(account)
    .filter(({ from }) => from === address)
    .map(({ body }) => body.member.label);
  const confirmed = sentLetters(account)
    .flatMap((letter) => receiptsOf(account, letter))
    .filter(({ from }) => from === address)
    .map(({ receipt }) => receipt.member.label);
  return [...new Set([...written, ...confirmed])];
}

/** The family name: of `Schulz^Bernd` the first group. */
function partsOf(name: string): string[] {
  const [family = ''] = (name.split('=')[0] ?? '').split('^');
  return folded(family)
    .split(/\s+/)
    .filter((part) => part.length >= MIN_PART && !TITLES.has(part));
}

function patientFindings({ account, index, to, studies }: GuardInput, address: string): GuardFinding[] {
  const names = new Set(studies.map(({ patient }) => patient.name).filter((name) => name !== ''));
  return [...names].flatMap((patient): GuardFinding[] => {
    const earlier = partnersOf(account, index, patient);
    if (earlier.size === 0 || earlier.has(address)) return [];
    const others = [...earlier].filter((one) => !to.includes(one));
    return others.length === 0 ? [] : [{ kind: 'patient', patient, address, earlier: others }];
  });
}

/** With whom this mailbox has written about a patient. */
function partnersOf(account: Account, index: SearchIndex, patient: string): Set<string> {
  const partners = new Set<string>();
  for (const letter of [...receivedLetters(account), ...sentLetters(account)]) {
    if (index.factsOf(letter.key)?.patients.includes(patient) !== true) continue;
    if (!letter.isOwn) partners.add(letter.from);
    for (const { mailboxId } of letter.isOwn ? letter.stored.header.recipients : []) {
      const address = addressOf(account, mailboxId);
      if (address !== null && mailboxId !== account.content.mailboxId) partners.add(address);
    }
  }
  return partners;
}
