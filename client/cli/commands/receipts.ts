import { findLetter } from '../../core/receive/inbox.js';
import { receiptsOf } from '../../core/receive/receipts.js';
import { syncInbox } from '../../core/receive/sync.js';
import { openDesk } from '../desk.js';
import { type Output } from '../output.js';
import { plain } from '../names.js';

/** `bildbote receipts MESSAGE`: who has received, opened, imported or refused it. */
export async function runReceipts(text: string, options: { readonly keystore: string }, output: Output): Promise<void> {
  await using desk = await openDesk(options.keystore);
  await syncInbox(desk);
  for (const { receipt, from, agrees } of receiptsOf(desk.account, findLetter(desk.account, text))) {
    const { kind, deviceId, member, instances, total } = receipt;
    const at = new Date(receipt.timeMs).toISOString();
    output.result(
      { kind, mailbox: from, device: deviceId, member: member.label, at, instances, total, agrees },
      `${kind}  ${from ?? '?'}  ${plain(member.label)}  ${at.slice(0, 16).replace('T', ' ')}  ${instances}/${total}`,
    );
  }
}
