import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { enrol, parseInvitation } from '../../client/core/account/enrol.js';
import { createRelay } from '../../client/core/relay/relay.js';
import { configSchema } from '../../client/gateway/config/config.js';
import { parseYaml } from '../../client/gateway/config/load.js';
import { type DataSetSink, type StoreRequest } from '../../client/gateway/dimse/acceptor.js';
import type * as gateway from '../../client/gateway/gateway.js';
import { type Gateway } from '../../client/gateway/gateway.js';
import { type Intake } from '../../client/gateway/intake/intake.js';
import { type Scp, type ScpOptions, openScp } from '../../client/gateway/intake/scp.js';
import { createLog } from '../../client/gateway/log.js';
import type * as accountFolder from '../../client/node/account-folder.js';
import { createHttpTransport } from '../../client/node/http-transport.js';
import { type TestRelay } from './relay.js';

/** Practice gateways inside the test's process, with real keystores on disk and real sockets. */

export const PASSPHRASE = 'eine lange Passphrase 42';
const CHEAP = { opsLimit: 2, memBytes: 64 * 1024 * 1024 };
export const silent = createLog('silent');

/** From what `tsc -b` has built: the threads of a gateway are started from its own files, and Node reads no TypeScript. */
async function built<Module>(path: string): Promise<Module> {
  return (await import(pathToFileURL(resolve(import.meta.dirname, '../../dist', path)).href)) as Module;
}

/** Enrols a mailbox whose keystore lies in `folder/keystore`. */
export async function enrolIn(t: TestRelay, folder: string, address: string): Promise<void> {
  using transport = createHttpTransport();
  const { openAccountFolder } = await built<typeof accountFolder>('client/node/account-folder.js');
  await using store = await openAccountFolder(join(folder, 'keystore'));
  const retry = { patienceMs: 0, sleep: () => Promise.resolve(), now: () => Date.now() };
  const stranger = createRelay({ origin: t.relay.origin, transport, retry, signer: null });
  const { account, forgetWords } = await enrol({
    invitation: parseInvitation(`${t.relay.origin}/enrol#${await t.invite(address)}`),
    policy: await stranger.logPolicy(),
    ...{ relay: stranger, store, passphrase: PASSPHRASE, deviceName: 'Gateway', memberLabel: 'Gateway' },
    ...{ nowMs: Date.now(), kdf: CHEAP },
  });
  await forgetWords();
  await account[Symbol.asyncDispose]();
}

/** @param yaml everything but data and keystore */
export async function gatewayIn(folder: string, yaml: string): Promise<Gateway> {
  const text = `data: ${join(folder, 'data')}\nkeystore: ${join(folder, 'keystore')}\n${yaml}`;
  const parsed = parseYaml(text, configSchema);
  if (parsed.kind === 'refused') throw new Error(JSON.stringify(parsed.problems));
  const { startGateway } = await built<typeof gateway>('client/gateway/gateway.js');
  return startGateway({ config: parsed.value, log: silent, passphrase: PASSPHRASE });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export interface StoredDataSet extends StoreRequest {
  readonly bytes: Buffer;
}

/** A PACS that keeps what it gets in memory: our own acceptor with another end. `answer` gives the status of each instance. */
export async function memoryPacs(
  port: number,
  answer: (n: number) => number = () => 0,
): Promise<Scp & { readonly stored: StoredDataSet[] }> {
  const stored: StoredDataSet[] = [];
  let count = 0;
  const intake: Pick<Intake, 'opened' | 'sink'> = {
    opened: () => () => undefined,
    sink(_titles, request): DataSetSink {
      const chunks: Buffer[] = [];
      return {
        write: (bytes) => Promise.resolve(void chunks.push(Buffer.from(bytes))),
        end() {
          const status = answer(count++);
          if (status === 0) stored.push({ ...request, bytes: Buffer.concat(chunks) });
          return Promise.resolve(status);
        },
        abandon: () => Promise.resolve(),
      };
    },
  };
  const scp = await scpWith(port, intake);
  return { ...scp, stored };
}

export function scpWith(
  port: number,
  intake: Pick<Intake, 'opened' | 'sink'>,
  { callers = ['BILDBOTE'], ...change }: Partial<ScpOptions> & { readonly callers?: readonly string[] } = {},
): Promise<Scp> {
  return openScp({
    ...{ host: '127.0.0.1', port, log: silent, intake: intake as Intake, titles: ['PACS'], sopClasses: [], tls: null },
    peers: callers.map((aeTitle) => ({ aeTitle, from: ['127.0.0.1'] })),
    ...{ maxPduBytes: 131_072, maxAssociations: 4, idleMs: 20_000, ...change },
  });
}
