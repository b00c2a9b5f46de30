import { usableEpoch } from '../../crypto/seal/epoch.js';
import { type ChainState, headOf } from '../../crypto/wire/chain.js';
import { idBytes } from '../../crypto/wire/ids.js';
import { type SignatureLabel } from '../../crypto/wire/signature.js';
import { type Desk } from '../../client/core/desk.js';
import { type Letter, type Sealed, seal } from '../vectors/envelope/writer.js';
import { fixed } from '../vectors/second.js';
import { randomHex } from '../support/relay.js';

/** Envelopes that our own code would not write, from a real device to a real mailbox. */

export interface ForgedOptions {
  readonly from: Desk;
  readonly to: ChainState;
  readonly expiresMs: number;
}

/** A letter in the second writer's hand, right in every field; `change` makes it wrong. */
export async function forgedLetter({ from, to, expiresMs }: ForgedOptions): Promise<Letter> {
  const { account, directory } = from;
  const { mailboxId, device } = account.content;
  const { state: own } = await directory.refresh(mailboxId);
  const nowMs = Date.now();
  const epoch = usableEpoch(to, nowMs);
  const name = randomHex(8);
  return {
    name,
    createdMs: nowMs,
    mailboxId: idBytes(to.mailboxId),
    kemKeyId: idBytes(epoch.kemKeyId),
    kemKey: epoch.kemKey,
    epochSeed: new Uint8Array(32),
    sender: [idBytes(mailboxId), idBytes(device.deviceId), own.seq, headOf(own)],
    key: {
      seed: new Uint8Array(32),
      publicKey: account.key.publicKey,
      sign: (label, payload) => account.key.sign(label as SignatureLabel, payload),
    },
    label: 'msg',
    member: device.member,
    secrets: [],
    headerChange: { 3: fixed(name, 16), 8: [] },
    bodyChange: { 6: null, 7: expiresMs },
    partChange: {},
    innerChange: {},
    suite: 1,
    infoSuite: 1,
  };
}

/** Posts what the letter says it is: routing data and signed data agree. */
export async function postForged({ from, to, expiresMs }: ForgedOptions, letter: Letter): Promise<Sealed> {
  const sealed = await seal(letter);
  const messageId = Buffer.from(fixed(letter.name, 16)).toString('hex') as never;
  await from.relay.postMessage({
    messageId,
    envelopes: [{ mailboxId: to.mailboxId, envelope: sealed.bytes }],
    payloads: [],
    reuse: [],
    expiresMs,
    deadlineMs: null,
  });
  return sealed;
}
