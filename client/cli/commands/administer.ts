import { type Administration, openAdministration } from '../../../server/administration.js';
import { type Output } from '../output.js';
import { parseDuration, parseMailbox } from '../parse.js';
import { UsageError } from '../usage-error.js';

interface DataOptions {
  readonly data: string;
}

async function withAdministration<T>({ data }: DataOptions, work: (admin: Administration) => Promise<T>): Promise<T> {
  const administration = await openAdministration({ dataDir: data });
  try {
    return await work(administration);
  } finally {
    await administration.close();
  }
}

/** `bildbote practice list`: a line each. */
export async function runPracticeList(options: DataOptions, output: Output): Promise<void> {
  for (const one of await withAdministration(options, (admin) => admin.listPractices())) {
    const until = one.state === 'closing' ? ` ${one.closesAt?.toISOString().slice(0, 10) ?? ''}` : '';
    output.result({ ...one }, `${one.state}${until}\t${one.mailboxes}\t${one.devices}\t${one.name}`);
  }
}

export async function runPracticeSuspend(name: string, options: DataOptions, output: Output): Promise<void> {
  await withAdministration(options, (admin) => admin.suspendPractice(name));
  say(output, { practice: name, state: 'suspended' }, [`Suspended: ${name}`, `Gesperrt: ${name}`]);
}

export async function runPracticeResume(name: string, options: DataOptions, output: Output): Promise<void> {
  await withAdministration(options, (admin) => admin.resumePractice(name));
  say(output, { practice: name, state: 'active' }, [`Active again: ${name}`, `Wieder aktiv: ${name}`]);
}

const DAY_MS = 86_400_000;
const MAX_GRACE_DAYS = 365;

export async function runPracticeClose(
  name: string,
  options: DataOptions & { readonly grace: string },
  output: Output,
): Promise<void> {
  const days = parseDuration(options.grace, '--grace') / DAY_MS;
  if (!Number.isInteger(days) || days > MAX_GRACE_DAYS) throw new UsageError(`--grace: from 1d to ${MAX_GRACE_DAYS}d`);
  const closesAt = (await withAdministration(options, (admin) => admin.closePractice(name, days))).toISOString();
  const texts = [`${name} closes at ${closesAt}`, `${name} schließt am ${closesAt}`] as const;
  say(output, { practice: name, state: 'closing', closesAt }, texts);
}

/** `bildbote mailbox list [ADDRESS]`: a line each, with its devices by id; their names are not the relay's to know. */
export async function runMailboxList(address: string | undefined, options: DataOptions, output: Output): Promise<void> {
  const wanted = address === undefined ? null : parseMailbox(address);
  for (const one of await withAdministration(options, (admin) => admin.listMailboxes(wanted))) {
    const devices = one.devices.map(({ deviceId, isRevoked, isSuspended }) => {
      const state = isRevoked ? 'revoked' : isSuspended ? 'suspended' : 'active';
      return `  ${deviceId}\t${state}`;
    });
    const line = `${one.isSuspended ? 'suspended' : 'active'}\t${one.address}\t${one.mailboxId}`;
    output.result({ ...one }, [line, ...devices].join('\n'));
  }
}

interface MailboxOptions extends DataOptions {
  readonly device?: string;
}

export async function runMailboxSuspend(address: string, options: MailboxOptions, output: Output): Promise<void> {
  await change(address, options, 'suspended');
  say(output, { mailbox: address, state: 'suspended' }, [`Suspended: ${address}`, `Gesperrt: ${address}`]);
}

export async function runMailboxResume(address: string, options: MailboxOptions, output: Output): Promise<void> {
  await change(address, options, 'active');
  say(output, { mailbox: address, state: 'active' }, [`Active again: ${address}`, `Wieder aktiv: ${address}`]);
}

async function change(text: string, options: MailboxOptions, to: 'suspended' | 'active'): Promise<void> {
  const address = parseMailbox(text);
  await withAdministration(options, (admin) => admin.changeMailbox({ address, deviceId: options.device ?? null, to }));
}

function say(output: Output, json: Readonly<Record<string, unknown>>, texts: readonly [string, string]): void {
  output.result(json, output.language === 'de' ? texts[1] : texts[0]);
}
