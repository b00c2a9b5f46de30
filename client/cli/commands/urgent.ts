import { parseAddress } from '../../core/ids.js';
import { syncInbox } from '../../core/receive/sync.js';
import { type UrgentSent, fetchUrgent, listDeputies, setDeputies } from '../../core/urgent/urgent.js';
import { openDesk } from '../desk.js';
import { plain } from '../names.js';
import { type Output } from '../output.js';
import { parseMailbox } from '../parse.js';
import { remainingText } from '../remaining.js';
import { type Language } from '../texts.js';
import { UsageError } from '../usage-error.js';

interface Options {
  readonly keystore: string;
}

/** `bildbote urgent`: what waits for a person: here, where this mailbox stands in, and at those it has written to. */
export async function runUrgent(options: Options, output: Output): Promise<void> {
  await using desk = await openDesk(options.keystore);
  await syncInbox(desk);
  const urgent = await fetchUrgent(desk);
  const { language } = output;
  const left = (deadlineMs: number): string => remainingText(deadlineMs, desk.clock.now(), language);
  for (const { letter, deadlineMs, step } of urgent?.received ?? []) {
    const { messageId } = letter.stored.header;
    const json = { kind: 'received', messageId, mailbox: letter.from, deadline: iso(deadlineMs), step };
    output.result(json, `${messageId.slice(0, 8)}  ${letter.from}  ${plain(letter.body.subject)}  ${left(deadlineMs)}`);
  }
  for (const { mailboxId, address, deadlineMs } of urgent?.deputy ?? []) {
    const name = address ?? mailboxId.slice(0, 16);
    const text = language === 'de' ? 'dort wartet etwas Dringendes' : 'something urgent waits there';
    output.result(
      { kind: 'deputy', mailbox: address, mailboxId, deadline: iso(deadlineMs) },
      `${name}  ${text}  ${left(deadlineMs)}`,
    );
  }
  for (const one of urgent?.sent ?? []) {
    const { messageId, mailboxId, address, deadlineMs, attendedMs, isReturned } = one;
    const state = stateOf(one);
    const attendedAt = attendedMs === null ? null : iso(attendedMs);
    const json = { kind: 'sent', messageId, mailbox: address, mailboxId, deadline: iso(deadlineMs), state, attendedAt };
    const name = address ?? mailboxId.slice(0, 16);
    const rest = attendedMs !== null || isReturned ? '' : `  ${left(deadlineMs)}`;
    output.result(json, `${messageId.slice(0, 8)}  → ${name}  ${STATES[state][language]}${rest}`);
  }
}

type SentState = 'waiting' | 'attended' | 'unattended';

function stateOf({ attendedMs, isReturned }: UrgentSent): SentState {
  if (attendedMs !== null) return 'attended';
  return isReturned ? 'unattended' : 'waiting';
}

const STATES: Readonly<Record<SentState, Readonly<Record<Language, string>>>> = {
  waiting: { en: 'not attended yet', de: 'noch nicht zur Kenntnis genommen' },
  attended: { en: 'attended', de: 'zur Kenntnis genommen' },
  unattended: { en: 'NOT ATTENDED: CALL', de: 'NICHT ZUR KENNTNIS GENOMMEN: ANRUFEN' },
};

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** `bildbote deputies [MAILBOX…]`: who is told when nobody here attends to something urgent. Without mailboxes it lists them. */
export async function runDeputies(
  mailboxes: readonly string[],
  options: Options & { readonly none?: boolean },
  output: Output,
): Promise<void> {
  if (options.none === true && mailboxes.length > 0) throw new UsageError('--none stands alone');
  if (mailboxes.length > MAX_DEPUTIES) throw new UsageError(`at most ${MAX_DEPUTIES} deputies`);
  const addresses = mailboxes.map(parseMailbox);
  await using desk = await openDesk(options.keystore);
  if (addresses.includes(parseAddress(desk.account.content.address))) {
    throw new UsageError('a mailbox is not its own deputy');
  }
  if (options.none === true || addresses.length > 0) await setDeputies(desk, addresses);
  for (const { address, mailboxId } of await listDeputies(desk)) {
    output.result({ mailbox: address, mailboxId }, address ?? mailboxId);
  }
}

const MAX_DEPUTIES = 5;
