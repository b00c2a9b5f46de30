import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openAdministration } from '../../../../server/administration.js';
import { parseAddress } from '../../../core/ids.js';
import { benchEnvironment } from '../../environment.js';
import { makeCertificate } from '../ground/certificate.js';
import { type Worker, freePort, startWorker } from '../ground/programs.js';
import { type Arrival, type Ground, type OpenWay, type Trip, type Way } from '../ground/way.js';

/** Our own way: relay, sender and recipient as processes of their own, unlocked and connected before the trip. */

/** The command line itself, as it was called. */
const MAIN = process.argv[1] ?? '';
const PARTNER = join(import.meta.dirname, '../partner.js');
const SENDER = { address: 'befund@bench-nord.example', keystore: 'sender' };
const RECIPIENT = { address: 'praxis@bench-sued.example', keystore: 'recipient' };

/** `again`: a study that the recipient has got before, and still has. */
type Kind = 'off' | 'auto' | 'again';

const NAMES: Readonly<Record<Kind, readonly [string, string]>> = {
  off: ['bildbote', 'Bildbote, uncoded'],
  auto: ['bildbote-coded', 'Bildbote, coded as the line asks for'],
  again: ['bildbote-again', 'Bildbote, the same study again'],
};

export function bildboteWay(kind: Kind): Way {
  const [name, title] = NAMES[kind];
  return {
    name,
    title,
    isSealed: true,
    keepsBytes: true,
    missing: () => Promise.resolve(null),
    open: (ground) => openBildbote(ground, kind),
  };
}

async function openBildbote(ground: Ground, kind: Kind): Promise<OpenWay> {
  const data = join(ground.folder, 'relay');
  const tls = await makeCertificate(ground.folder);
  const port = await freePort();
  // The relay's address is what clients sign in to: the near end of the line.
  const origin = `${tls === null ? 'http' : 'https'}://127.0.0.1:${await ground.line(port)}`;
  const environment = benchEnvironment({
    origin,
    authority: tls?.authority,
    passphrase: randomBytes(12).toString('hex'),
  });
  const secure = tls === null ? [] : ['--tls-cert', tls.cert, '--tls-key', tls.key];
  const workers = [startWorker(MAIN, ['relay', '--port', `${port}`, '--data', data, ...secure, '--json'], environment)];
  const close = async (): Promise<void> => {
    for (const worker of workers.reverse()) await worker[Symbol.asyncDispose]();
  };
  try {
    await workers[0]?.until('listening');
    for (const { address, keystore } of [SENDER, RECIPIENT]) {
      const folder = join(ground.folder, keystore);
      const invitation = await invite(data, address);
      const person = ['--device', 'Bench', '--member', 'Bench', '--json'];
      await using enrolling = startWorker(MAIN, ['enrol', invitation, '--keystore', folder, ...person], environment);
      await enrolling.untilEnd();
      workers.push(startWorker(PARTNER, [folder], environment));
      await workers.at(-1)?.until('ready');
    }
  } catch (error) {
    await close();
    throw error;
  }
  const [, sender, recipient] = workers;
  if (sender === undefined || recipient === undefined) throw new TypeError('two partners');
  const kept = join(ground.folder, 'kept');
  const prepare = async (study: string): Promise<void> => {
    await travel(sender, recipient, { study, out: kept }, { kind: 'off', kept });
  };
  return {
    servers: workers.map(({ pid }) => pid),
    go: (trip) => travel(sender, recipient, trip, { kind, kept }),
    ...(kind === 'again' ? { prepare } : {}),
    [Symbol.asyncDispose]: close,
  };
}

async function travel(
  sender: Worker,
  recipient: Worker,
  { study, out }: Trip,
  { kind, kept }: { readonly kind: Kind; readonly kept: string },
): Promise<Arrival> {
  const isAgain = kind === 'again';
  recipient.tell({ kind: 'receive', path: out, ...(isAgain ? { kept } : {}) });
  sender.tell({ kind: 'send', path: study, to: RECIPIENT.address, coding: kind === 'auto' ? 'auto' : 'off', isAgain });
  const [received, sent] = await Promise.all([recipient.until('received'), sender.until('sent')]);
  const times = { firstAtMs: Number(received['firstAtMs']), completeAtMs: Number(received['completeAtMs']) };
  return { wireBytes: Number(sent['wireBytes']), ...times };
}

async function invite(dataDir: string, address: string): Promise<string> {
  const administration = await openAdministration({ dataDir });
  try {
    const { invitation } = await administration.invite({
      practiceName: address,
      address: parseAddress(address),
      expiresInDays: 1,
    });
    return invitation.href;
  } finally {
    await administration.close();
  }
}
