import { parseAddress } from '../../client/core/ids.js';
import { type Desk } from '../../client/core/desk.js';
import { type Letter, type Sent, sendMessage } from '../../client/core/send/send.js';

const DAY_MS = 86_400_000;

export interface LetterParts {
  readonly to: readonly string[];
  readonly cc?: readonly string[];
  readonly text?: string;
}

export function letter({ to, cc = [], text = 'Guten Tag' }: LetterParts): Letter {
  return {
    to: to.map(parseAddress),
    cc: cc.map(parseAddress),
    bcc: [],
    subject: 'Test',
    text,
    replyTo: null,
    urgency: null,
    expiresMs: Date.now() + 30 * DAY_MS,
  };
}

/** A letter without files. */
export function sendText(desk: Desk, parts: LetterParts): Promise<Sent> {
  const reopen = () => Promise.reject(new Error('there are no files'));
  return sendMessage(desk, letter(parts), null, { reopen });
}
