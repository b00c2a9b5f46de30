import { type ChainState, verifyChain } from '../../../crypto/wire/chain.js';
import { deviceIdFrom, kemKeyIdFrom, mailboxIdFrom, messageIdFrom } from '../../../crypto/wire/ids.js';
import { type MessageHeader, type RecipientPart, newHeader } from '../../../crypto/wire/message.js';
import { type DeviceSecrets } from '../../../crypto/seal/device-keys.js';
import { type EpochSecret } from '../../../crypto/seal/epoch.js';
import { type DirectoryView, type Reader } from '../../../crypto/seal/open-message.js';
import { asSecret } from '../../../crypto/seal/secret.js';
import { fixed, kemKeyOf, tagged } from '../../vectors/second.js';
import {
  DAY_MS,
  START_MS,
  type World,
  type WorldDevice,
  type WorldMailbox,
  ZERO_HASH,
  epochSeed,
} from '../../vectors/world.js';

/** Alice, Bob and Eve with the product's types. */

export const NOW_MS = START_MS + 7.5 * DAY_MS;

export function secretsOf(device: WorldDevice): DeviceSecrets {
  return {
    deviceId: deviceIdFrom(device.deviceId),
    member: device.member,
    sigSeed: asSecret(device.key.seed),
    kemSeed: asSecret(device.kemSeed),
  };
}

export function epochOf(mailbox: WorldMailbox, n: number): EpochSecret {
  const seed = epochSeed(mailbox, n);
  return { kemKeyId: kemKeyIdFrom(tagged('kem', kemKeyOf(seed))), n, seed: asSecret(seed) };
}

/** A directory of one chain that counts how often it is asked. */
export class FakeDirectory implements DirectoryView {
  readonly asked: string[] = [];
  readonly #state: ChainState;

  constructor(statements: readonly Uint8Array[]) {
    this.#state = verifyChain(statements);
  }

  lookup(mailboxId: string, minSeq: number): ReturnType<DirectoryView['lookup']> {
    this.asked.push(`${mailboxId}/${minSeq}`);
    return Promise.resolve({ state: this.#state, status: 'unwitnessed' });
  }
}

export function readerOf(mailbox: WorldMailbox, directory: DirectoryView, nowMs = NOW_MS): Reader {
  return { mailboxId: mailboxIdFrom(mailbox.mailboxId), epochs: [epochOf(mailbox, 1)], directory, nowMs };
}

export function headerTo(w: World, to: readonly WorldMailbox[], change: Partial<MessageHeader> = {}): MessageHeader {
  const sender = {
    mailboxId: mailboxIdFrom(w.alice.mailboxId),
    deviceId: deviceIdFrom(w.a1.deviceId),
    seq: 5,
    head: tagged('stmt', w.aliceChain[4] ?? ZERO_HASH),
  };
  return {
    ...newHeader({
      messageId: messageIdFrom(fixed('message id', 16)),
      createdMs: NOW_MS,
      sender,
      recipients: to.map((mailbox) => ({
        mailboxId: mailboxIdFrom(mailbox.mailboxId),
        role: 'to',
        kemKeyId: epochOf(mailbox, 1).kemKeyId,
      })),
      body: {
        kind: 'message',
        subject: 'CT Abdomen',
        text: 'Befund folgt.',
        threadId: messageIdFrom(fixed('thread id', 16)),
        replyTo: null,
        urgency: null,
        expiresMs: NOW_MS + 30 * DAY_MS,
        summary: { studies: 1, instances: 3, bytes: 1000 },
        known: [],
        member: w.a1.member,
      },
      payloads: [],
      checkpoint: null,
    }),
    ...change,
  };
}

export function partTo(mailbox: WorldMailbox, change: Partial<RecipientPart> = {}): RecipientPart {
  return {
    mailboxId: mailboxIdFrom(mailbox.mailboxId),
    kemKeyId: epochOf(mailbox, 1).kemKeyId,
    role: 'to',
    chainN: 1,
    chainPrev: ZERO_HASH,
    ...change,
  };
}

export function kemKeyOfEpoch(mailbox: WorldMailbox): Uint8Array {
  return kemKeyOf(epochSeed(mailbox, 1));
}
