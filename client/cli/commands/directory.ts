import { readFile, stat } from 'node:fs/promises';
import { publishAttestation } from '../../core/registrar/publish.js';
import { entryName } from '../../core/directory/practice-name.js';
import { CoreError } from '../../core/error.js';
import { openDesk } from '../desk.js';
import { nameJson, nameText } from '../names.js';
import { type Output } from '../output.js';

/** `bildbote directory search TEXT`: mailboxes by parts of their address, name, place or specialty. */
export async function runDirectorySearch(
  query: string,
  options: { readonly keystore: string },
  output: Output,
): Promise<void> {
  await using desk = await openDesk(options.keystore);
  const nowMs = desk.clock.now();
  for (let after: string | null = null; ;) {
    const page = await desk.relay.searchDirectory(query, after);
    for (const entry of page.entries) {
      const name = entryName(desk.account, entry, nowMs);
      // The keys behind the address have not been looked at: a search proves nothing about them.
      output.result(
        { mailbox: entry.address, mailboxId: entry.mailboxId, verified: false, ...nameJson(name) },
        `${entry.address}  ${nameText(name, output.language)}`,
      );
    }
    if (page.next === null) return;
    after = page.next;
  }
}

/** One line of base64url. */
const MAX_FILE_BYTES = 64 * 1024;

/** `bildbote directory attest FILE`: publishes what a registrar says of this mailbox. */
export async function runDirectoryAttest(
  file: string,
  options: { readonly keystore: string },
  output: Output,
): Promise<void> {
  if ((await stat(file)).size > MAX_FILE_BYTES) throw new CoreError('attestation-invalid', 'too long');
  const text = await readFile(file, 'utf8');
  await using desk = await openDesk(options.keystore);
  const { attestation, registrarId } = await publishAttestation(desk, text);
  const { address, mailboxId } = desk.account.content;
  const isVerified = desk.account.state.registrars.has(registrarId);
  const name = { name: attestation.name, isVerified, attestation };
  const validUntil = new Date(attestation.notAfterMs).toISOString();
  output.result(
    { mailbox: address, mailboxId, registrarId, validUntil, ...nameJson(name) },
    `${address}  ${nameText(name, output.language)}`,
  );
}
