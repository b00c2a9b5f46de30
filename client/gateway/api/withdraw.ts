import * as z from 'zod';
import { fetchWithdrawal, type Withdrawal, withdrawalOf, withdrawMessage } from '../../core/withdraw/withdrawal.js';
import { type AnyEndpoint, endpoint } from '../http/endpoint.js';
import { messageName, timestamp } from '../http/fields.js';
import { Problem } from '../http/problem.js';
import type { ApiDeps } from './deps.js';
import { letterOf } from './messages.js';
import { iso } from './views.js';

const withdrawalView = z.object({
  messageId: z.string(),
  withdrawnAt: timestamp,
  recipients: z.array(
    z.object({
      mailboxId: z.string(),
      mailbox: z.string().nullable().meta({ description: 'Its address, null where it is not known here' }),
      state: z.string().meta({ description: 'withdrawn: never given to it; fetched: it has it; expired: over before' }),
      fetchedAt: timestamp.nullable(),
      testimony: z.string().nullable().meta({
        description: "The relay's signed word in base64url, verified here; null until the relay has signed it",
      }),
      contradicted: z.boolean().meta({ description: 'The recipient has signed that it had it: the relay has lied' }),
    }),
  ),
});

const common = {
  tag: 'sending',
  params: z.strictObject({ message: messageName }),
  answers: { 200: { description: 'What became of it, for each recipient', schema: withdrawalView } },
} as const;

export function withdrawEndpoints(deps: ApiDeps): AnyEndpoint[] {
  return [
    endpoint({
      ...common,
      ...{ method: 'post', path: '/messages/{message}/withdraw', id: 'withdrawMessage', scope: 'messages:send' },
      summary: 'Take an own message back from everybody who has not fetched it',
      description: 'Again, it says what is known; testimonies that the relay had not signed yet are asked for.',
      problems: ['not-found', 'conflict', 'gone', 'unavailable'],
      async handle({ params: { message } }, response) {
        response.json(viewOf(await withdrawMessage(deps.desk, ownLetter(deps, message))));
      },
    }),
    endpoint({
      ...common,
      ...{ method: 'get', path: '/messages/{message}/withdrawal', id: 'getWithdrawal', scope: 'messages:read' },
      summary: 'Whether a message was taken back, by whichever device of the mailbox',
      problems: ['not-found', 'conflict', 'unavailable'],
      async handle({ params: { message } }, response) {
        const letter = ownLetter(deps, message);
        const known = withdrawalOf(deps.desk.account, letter) ?? (await fetchWithdrawal(deps.desk, letter));
        if (known === null) throw new Problem('not-found', { detail: 'not withdrawn' });
        response.json(viewOf(known));
      },
    }),
  ];
}

function ownLetter(deps: ApiDeps, name: string): ReturnType<typeof letterOf> {
  const letter = letterOf(deps, name);
  if (!letter.isOwn) throw new Problem('conflict', { detail: 'only its sender takes a message back' });
  return letter;
}

function viewOf({ messageId, withdrawnMs, recipients }: Withdrawal): z.infer<typeof withdrawalView> {
  return {
    messageId,
    withdrawnAt: iso(withdrawnMs),
    recipients: recipients.map(({ mailboxId, address, state, fetchedMs, testimony, isContradicted }) => ({
      ...{ mailboxId, mailbox: address, state, fetchedAt: fetchedMs === null ? null : iso(fetchedMs) },
      testimony: testimony === null ? null : Buffer.from(testimony).toString('base64url'),
      contradicted: isContradicted,
    })),
  };
}
