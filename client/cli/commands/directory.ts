import { openDesk } from '../desk.js';
import { type Output } from '../output.js';
import { plain } from './inbox.js';

/** `bildbote directory search TEXT`: mailboxes by parts of their address or the practice's name. */
export async function runDirectorySearch(
  query: string,
  options: { readonly keystore: string },
  output: Output,
): Promise<void> {
  await using desk = await openDesk(options.keystore);
  for (let after: string | null = null; ;) {
    const page = await desk.relay.searchDirectory(query, after);
    for (const { address, practiceName, mailboxId } of page.entries) {
      const mark = output.language === 'de' ? 'ungeprüft' : 'unverified';
      // The name is the operator's word: no registrar vouches for it.
      output.result(
        { mailbox: address, mailboxId, name: practiceName, verified: false },
        `${address}  ${plain(practiceName)} (${mark})`,
      );
    }
    if (page.next === null) return;
    after = page.next;
  }
}
