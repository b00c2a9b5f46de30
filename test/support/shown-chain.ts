import { encodeExcerpt } from '../../crypto/wire/excerpt.js';
import { type MailboxId } from '../../crypto/wire/ids.js';
import { type LyingProxy, bytesAnswer, jsonAnswer } from './lying-relay.js';

/** The relay shows these statements as the mailbox's chain, on both ways on which a client asks for it. */
export function showChain(
  relay: Pick<LyingProxy, 'lie'>,
  mailboxId: MailboxId,
  statements: readonly Uint8Array[],
): void {
  const last = statements.length;
  relay.lie('GET /api/mailboxes/:mailboxId/statements', ({ params }, truth) =>
    params['mailboxId'] === mailboxId
      ? jsonAnswer({ statements: statements.map((bytes) => Buffer.from(bytes).toString('base64url')), last })
      : truth(),
  );
  relay.lie('GET /api/mailboxes/:mailboxId/excerpt', ({ params }, truth) =>
    params['mailboxId'] === mailboxId
      ? bytesAnswer(encodeExcerpt({ spine: [], carried: null, statements, inclusion: [], last }))
      : truth(),
  );
}
