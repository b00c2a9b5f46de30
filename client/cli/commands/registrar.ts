import { writeFile } from 'node:fs/promises';
import { createRegistrar, openRegistrar } from '../../core/registrar/registrar-key.js';
import { vouch } from '../../core/registrar/vouch.js';
import { trustRegistrar } from '../../core/registrar/trust.js';
import { blobFile } from '../../node/account-folder.js';
import { keystoreThread } from '../../node/keystore-thread.js';
import { openDesk } from '../desk.js';
import { CliError } from '../failure.js';
import { type Output } from '../output.js';
import { parseDuration, parseMailbox, parseMailboxIdArgument, parseName, parseRegistrar } from '../parse.js';
import { askNewPassphrase, askPassphrase } from '../passphrase.js';
import { existsSync } from 'node:fs';

/** `bildbote registrar keygen`: a new key for vouching, in a file opened by a passphrase. Needs no relay. */
export async function runRegistrarKeygen(
  options: { readonly out: string; readonly name: string },
  output: Output,
): Promise<void> {
  const label = parseName(options.name, '--name');
  if (existsSync(options.out)) throw new CliError('file-exists', options.out);
  const passphrase = await askNewPassphrase();
  using registrar = await createRegistrar({ file: blobFile(options.out), passphrase, worker: keystoreThread }, label);
  const { registrarId } = registrar;
  output.result({ registrarId, name: label, out: options.out }, keygenText(registrarId, options.out, output));
}

function keygenText(id: string, out: string, { language }: Output): string {
  return language === 'de'
    ? `Schlüssel in ${out}. Kennung der Registrierungsstelle: ${id}`
    : `Key in ${out}. Id of the registrar: ${id}`;
}

export interface AttestOptions {
  readonly key: string;
  readonly mailbox: string;
  readonly mailboxId: string;
  readonly name: string;
  readonly place: string;
  readonly street?: string;
  readonly specialty: string;
  readonly bsnr?: string;
  readonly lanr?: string;
  readonly telematikId?: string;
  readonly valid: string;
  readonly out?: string;
}

/** `bildbote registrar attest`: vouches, offline. What it prints, or writes, the practice publishes with `directory attest`. */
export async function runRegistrarAttest(options: AttestOptions, output: Output): Promise<void> {
  const said = attestationOf(options, Date.now());
  const { out } = options;
  if (out !== undefined && existsSync(out)) throw new CliError('file-exists', out);
  const passphrase = await askPassphrase('keystore');
  using registrar = await openRegistrar({ file: blobFile(options.key), passphrase, worker: keystoreThread });
  const attestation = vouch(registrar, said);
  if (out !== undefined) await writeFile(out, `${attestation}\n`, { flag: 'wx' });
  const { registrarId } = registrar;
  const validUntil = new Date(said.notAfterMs).toISOString();
  output.result(
    { registrarId, mailbox: said.address, mailboxId: said.mailboxId, validUntil, attestation },
    out ?? attestation,
  );
}

function attestationOf(options: AttestOptions, nowMs: number) {
  const { bsnr, lanr, telematikId } = options;
  const identifiers = Object.entries({ bsnr, lanr, 'telematik-id': telematikId });
  return {
    mailboxId: parseMailboxIdArgument(options.mailboxId),
    address: parseMailbox(options.mailbox),
    name: options.name,
    place: options.place,
    street: options.street ?? null,
    specialty: options.specialty,
    identifiers: identifiers.flatMap(([scheme, value]) => (value === undefined ? [] : [{ scheme, value }])),
    issuedMs: nowMs,
    notBeforeMs: nowMs,
    notAfterMs: nowMs + parseDuration(options.valid, '--valid'),
  };
}

interface KeystoreOptions {
  readonly keystore: string;
}

/** `bildbote registrar list`: whose word for a name counts on this device, and whom the relay names. */
export async function runRegistrarList(options: KeystoreOptions, output: Output): Promise<void> {
  await using desk = await openDesk(options.keystore);
  const trusted = desk.account.state.registrars;
  const named = new Set((await desk.relay.info()).registrars);
  for (const registrarId of new Set([...trusted, ...named])) {
    const isTrusted = trusted.has(registrarId);
    const marks = { trusted: isTrusted, namedByRelay: named.has(registrarId) };
    const [yes, no] = output.language === 'de' ? ['vertraut', 'nicht vertraut'] : ['trusted', 'not trusted'];
    output.result({ registrarId, ...marks }, `${registrarId}  ${isTrusted ? yes : no}`);
  }
}

export async function runRegistrarTrust(text: string, options: KeystoreOptions, output: Output): Promise<void> {
  await change(text, options, output, 'trust');
}

export async function runRegistrarDistrust(text: string, options: KeystoreOptions, output: Output): Promise<void> {
  await change(text, options, output, 'distrust');
}

/** docs/spec/names.md §4: only a person changes whom a mailbox trusts. */
async function change(
  text: string,
  options: KeystoreOptions,
  output: Output,
  how: 'trust' | 'distrust',
): Promise<void> {
  const registrarId = parseRegistrar(text);
  await using desk = await openDesk(options.keystore);
  await trustRegistrar(desk, registrarId, how);
  output.result({ registrarId, trusted: how === 'trust' }, registrarId);
}
