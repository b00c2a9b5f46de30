import { toHex } from '../../../crypto/wire/bytes.js';
import { type ChainState, headOf, isDeviceValid } from '../../../crypto/wire/chain.js';
import { type Address, type MailboxId } from '../../../crypto/wire/ids.js';
import { type Account } from '../account/account.js';
import { CoreError, type CoreErrorCode } from '../error.js';
import { type Relay } from '../relay/relay.js';
import { type Agreement, type Examined, type PinnedView } from './pinned-view.js';
import { type SeenProof } from './log-watch.js';

/** What was checked about a mailbox and what came of it: `bildbote directory verify`. */
export interface DirectoryReport {
  readonly mailbox: Address;
  readonly mailboxId: MailboxId;
  /** Witnessed by enough, and everything agrees: as `inbox` and `show` say it. */
  readonly verified: boolean;
  /** What keeps it from being so; null also where the policy asks for no witnesses. */
  readonly problem: CoreErrorCode | null;
  readonly log: {
    readonly name: string;
    readonly size: number;
    readonly root: string;
    readonly mapTime: number;
  };
  readonly witnesses: readonly { readonly name: string; readonly seenMs: number | null }[];
  readonly needed: number;
  readonly policy: 'pinned' | 'relay';
  readonly agreement: Agreement;
  readonly chain: {
    readonly seq: number;
    readonly head: string;
    readonly devices: number;
    readonly epochEndsMs: number | null;
  };
  /** The statement up to which this device knew the mailbox before. */
  readonly pinnedSeq: number | null;
}

/** Who asks. */
export interface Inquirer {
  readonly account: Account;
  readonly relay: Relay;
  readonly directory: PinnedView;
}

/** @throws CoreError `recipient-unknown`, `chain-invalid`, `directory-contradiction`, `address-changed`, `log-…` */
export async function reportMailbox(desk: Inquirer, address: Address): Promise<DirectoryReport> {
  const { account, relay } = desk;
  const mailboxId = address === account.content.address ? account.content.mailboxId : await relay.findAddress(address);
  if (mailboxId === null) throw new CoreError('recipient-unknown', 'no such mailbox');
  const pinnedSeq = account.state.pins.get(mailboxId)?.seq ?? null;
  const examined = await examineSettled(desk, mailboxId);
  if (examined.state.address !== address) throw new CoreError('chain-invalid', 'the mailbox has another address');
  return reportOf(examined, pinnedSeq);
}

/** Waits like sending does for a log that is a moment behind; what remains is told as it is. */
async function examineSettled({ directory }: Inquirer, mailboxId: MailboxId): Promise<Examined> {
  await directory.refresh(mailboxId).catch((error: unknown) => {
    if (!(error instanceof CoreError)) throw error;
  });
  return directory.examine(mailboxId);
}

function reportOf({ state, proof, agreement }: Examined, pinnedSeq: number | null): DirectoryReport {
  const { policy, isPinned } = proof.trusted;
  const problem = problemOf(agreement, proof);
  return {
    mailbox: state.address,
    mailboxId: state.mailboxId,
    verified: problem === null && isPinned && policy.quorum.kind !== 'none',
    problem,
    log: {
      name: proof.checkpoint.origin,
      size: proof.checkpoint.size,
      root: toHex(proof.checkpoint.root),
      mapTime: proof.timeMs,
    },
    witnesses: policy.witnesses.map(({ name }) => ({
      name,
      seenMs: proof.answered.find((one) => one.name === name)?.timeMs ?? null,
    })),
    needed: proof.needed,
    policy: isPinned ? 'pinned' : 'relay',
    agreement,
    chain: chainOf(state),
    pinnedSeq,
  };
}

function problemOf(agreement: Agreement, { problem }: SeenProof): CoreErrorCode | null {
  if (agreement === 'same') return problem;
  return agreement === 'log-behind' ? 'log-behind' : 'chain-unlogged';
}

function chainOf(state: ChainState): DirectoryReport['chain'] {
  const inForce = [...state.devices.keys()].filter((deviceId) => isDeviceValid(state, deviceId));
  return {
    seq: state.seq,
    head: toHex(headOf(state)),
    devices: inForce.length,
    epochEndsMs: state.epoch?.notAfterMs ?? null,
  };
}
