import { type OutcomeState } from '../../core/account/life-events.js';
import { CoreError } from '../../core/error.js';
import { type MessageId } from '../../core/ids.js';
import { type Letter, findLetter } from '../../core/receive/inbox.js';
import { syncInbox } from '../../core/receive/sync.js';
import { interruptedMessages } from '../../core/send/send.js';
import { type WithdrawnRecipient, abandonMessage, withdrawMessage } from '../../core/withdraw/withdrawal.js';
import { type OpenDesk, openDesk } from '../desk.js';
import { type Output } from '../output.js';
import { type Language } from '../texts.js';

/** `bildbote withdraw MESSAGE`: takes it back from everybody who has not fetched it, and says from whom it came too late. */
export async function runWithdraw(text: string, options: { readonly keystore: string }, output: Output): Promise<void> {
  await using desk = await openDesk(options.keystore);
  await syncInbox(desk);
  const begun = interruptedMessages(desk.account).find((id) => text.length >= 4 && id.startsWith(text));
  const letter = letterOf(desk, text, begun);
  if (letter === null) {
    const messageId = begun ?? ('' as MessageId);
    await abandonMessage(desk, messageId);
    output.result({ type: 'withdrawn', messageId, recipients: [] }, TEXTS.abandoned[output.language]);
    return;
  }
  const { messageId, recipients } = await withdrawMessage(desk, letter);
  const json = { type: 'withdrawn', messageId, recipients: recipients.map(recipientJson) };
  const lines = recipients.map((one) => recipientText(one, output.language));
  output.result(json, lines.length === 0 ? TEXTS.abandoned[output.language] : lines.join('\n'));
}

/** Null for a message that was begun here and of which nothing came back. */
function letterOf(desk: OpenDesk, text: string, begun: MessageId | undefined): Letter | null {
  try {
    return findLetter(desk.account, text);
  } catch (error) {
    if (begun !== undefined && error instanceof CoreError && error.code === 'message-unknown') return null;
    throw error;
  }
}

function recipientJson({ address, state, fetchedMs, testimony, isContradicted }: WithdrawnRecipient) {
  return {
    mailbox: address,
    state,
    fetchedAt: fetchedMs === null ? null : new Date(fetchedMs).toISOString(),
    testimony: testimony === null ? null : Buffer.from(testimony).toString('base64url'),
    contradicted: isContradicted,
  };
}

const TEXTS = {
  abandoned: { en: 'Withdrawn: nobody had it.', de: 'Zurückgezogen: niemand hatte sie.' },
  unsigned: { en: ' (the relay has not signed this yet)', de: ' (vom Relay noch nicht signiert)' },
  contradicted: {
    en: ' BUT A SIGNED RECEIPT SAYS OTHERWISE: the relay has lied.',
    de: ' ABER EINE SIGNIERTE QUITTUNG SAGT ANDERES: Das Relay hat gelogen.',
  },
} as const;

const STATES: Readonly<Record<OutcomeState, Readonly<Record<Language, string>>>> = {
  withdrawn: { en: 'withdrawn, never fetched', de: 'zurückgezogen, nie abgerufen' },
  fetched: { en: 'too late: fetched', de: 'zu spät: abgerufen' },
  expired: { en: 'had expired before', de: 'war schon abgelaufen' },
};

function recipientText(one: WithdrawnRecipient, language: Language): string {
  const at = one.fetchedMs === null ? '' : ` ${new Date(one.fetchedMs).toISOString().slice(0, 16).replace('T', ' ')}`;
  const unsigned = one.testimony === null ? TEXTS.unsigned[language] : '';
  const warning = one.isContradicted ? TEXTS.contradicted[language] : '';
  return `${one.address ?? one.mailboxId}  ${STATES[one.state][language]}${at}${unsigned}${warning}`;
}
