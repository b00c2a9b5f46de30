import { expect } from 'chai';
import { type ChainState } from '../../../../crypto/wire/chain.js';
import { type Desk } from '../../../../client/core/desk.js';
import { type Address, type MailboxId } from '../../../../client/core/ids.js';
import { CoreError } from '../../../../client/core/error.js';
import { type LookedUp, isStillNew, lookUpAhead } from '../../../../client/core/send/look-up.js';

const ANNA = 'anna@nord.example' as Address;
const BERT = 'bert@sued.example' as Address;
const OWN = 'aa'.repeat(32) as MailboxId;
const HIS = 'bb'.repeat(32) as MailboxId;
const AT_MS = 1_000_000;

/** A desk that knows Bert, has seen its own chain at 3 and his at 5, and has no relay to ask. */
function deskWith(hisSeq = 5) {
  const asked: string[] = [];
  const refuse = (what: string): Promise<never> => {
    asked.push(what);
    return Promise.reject(new CoreError('relay-unreachable', 'nobody there'));
  };
  const state = {
    pinnedAddresses: new Map([[BERT, HIS]]),
    pins: new Map([
      [OWN, { seq: 3 }],
      [HIS, { seq: hisSeq }],
    ]),
  };
  const desk = {
    account: { state, content: { mailboxId: OWN }, exclusive: <T>(work: () => Promise<T>) => work() },
    relay: { findAddress: (address: string) => refuse(address) },
    directory: { refresh: (mailboxId: string) => refuse(mailboxId) },
    clock: { now: () => AT_MS },
  } as unknown as Desk;
  return { desk, asked };
}

const OWN_CHAIN = { mailboxId: OWN, seq: 3 } as ChainState;
const HIS_CHAIN = { mailboxId: HIS, seq: 5 } as ChainState;
const LOOKED_UP: LookedUp = { own: OWN_CHAIN, recipients: [{ chain: HIS_CHAIN, role: 'to' }], atMs: AT_MS };

describe('the directory, asked ahead', () => {
  it('is asked about nobody while somebody is not known yet', async () => {
    const { desk, asked } = deskWith();
    expect(await lookUpAhead(desk, { to: [BERT], cc: [ANNA], bcc: [] })).to.equal(null);
    expect(asked).to.deep.equal([]);
  });

  it('is asked about those who are known, each once, and what goes wrong is left to the message', async () => {
    const { desk, asked } = deskWith();
    expect(await lookUpAhead(desk, { to: [BERT], cc: [BERT], bcc: [] })).to.equal(null);
    expect(asked).to.deep.equal([BERT, OWN]);
  });

  it('is believed for ten seconds, and not before it was asked', () => {
    const { desk } = deskWith();
    expect(isStillNew(desk, LOOKED_UP, AT_MS)).to.equal(true);
    expect(isStillNew(desk, LOOKED_UP, AT_MS + 9_999)).to.equal(true);
    expect(isStillNew(desk, LOOKED_UP, AT_MS + 10_000)).to.equal(false);
    expect(isStillNew(desk, LOOKED_UP, AT_MS - 1)).to.equal(false);
  });

  it('is not believed when a chain has gone on since', () => {
    expect(isStillNew(deskWith(6).desk, LOOKED_UP, AT_MS)).to.equal(false);
  });
});
