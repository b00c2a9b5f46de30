import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Side from '../../client/gateway/http-side.js';
import { type HttpSide, keysFolder } from '../../client/gateway/http-side.js';
import { openKeys, SCOPES } from '../../client/gateway/http/keys.js';
import { createLog } from '../../client/gateway/log.js';
import type * as In from '../../client/gateway/incoming/incoming.js';
import type { Incoming } from '../../client/gateway/incoming/incoming.js';
import type * as Out from '../../client/gateway/outgoing/outgoing.js';
import type { Outgoing } from '../../client/gateway/outgoing/outgoing.js';
import { rulesSchema } from '../../client/gateway/rules/rules.js';
import { createGatewayClient, type GatewayClient } from '../../client/gateway/sdk/client.js';
import { type Ask, gatewayAsker } from './http.js';
import { enrolDesk, type TestDesk } from './practice-desk.js';
import { type TestRelay } from './relay.js';

const DAY_MS = 86_400_000;
const log = createLog('silent');

/** Collecting runs in a thread, which is a file of the compiled program. */
export function built<T>(path: string): Promise<T> {
  return import(pathToFileURL(resolve(import.meta.dirname, '../../dist/client/gateway', path)).href) as Promise<T>;
}

/** A gateway without its command line, on a real relay and a real port. */
export interface Office {
  readonly desk: TestDesk;
  readonly outgoing: Outgoing;
  readonly incoming: Incoming;
  readonly side: HttpSide;
  readonly ask: Ask;
  readonly token: string;
  readonly folder: string;
  readonly client: GatewayClient;
  close(): Promise<void>;
}

/** Only studies of this word have a rule. */
export const PRACTICE_RULES = rulesSchema.parse([
  { name: 'ruled', when: { source: 'stow', studyDescription: 'ruled*' }, to: ['befund@nord.example'] },
  {
    name: 'ruled-api',
    when: { source: 'api', studyDescription: 'ruled*' },
    to: ['befund@nord.example'],
    subject: 'Von der Regel',
    urgent: '2h',
  },
]);

export async function openPractice(t: TestRelay, address: string): Promise<Office> {
  const { openOutgoing } = await built<typeof Out>('outgoing/outgoing.js');
  const { openIncoming } = await built<typeof In>('incoming/incoming.js');
  const { startHttpSide } = await built<typeof Side>('http-side.js');
  // The compiled program has its own copy of the ciphers.
  const { ready } = await built<{ readonly ready: () => Promise<void> }>('../../crypto/seal/suite.js');
  await ready();
  const desk = await enrolDesk(t, address);
  const folder = await mkdtemp(join(tmpdir(), 'bildbote-test-'));
  const outgoing = await openOutgoing({
    desk,
    log,
    folder,
    parallel: 1,
    coding: 'stored',
    patienceMs: DAY_MS,
    keepMs: DAY_MS,
  });
  const incoming = await openIncoming({ desk, log, folder, pollMs: 1000, fetch: 'all' });
  const config = {
    data: folder,
    sending: { expires: 30 * DAY_MS },
    rules: PRACTICE_RULES,
  } as Side.HttpSideStart['config'];
  const http = { host: '127.0.0.1', port: 0, names: [], origins: ['https://viewer.example'] };
  const side = await startHttpSide({
    config,
    http,
    log,
    office: desk,
    outgoing,
    incoming,
    parts: [outgoing, incoming],
  });
  const { token } = await openKeys(keysFolder(folder)).add('PVS', SCOPES);
  return {
    ...{ desk, outgoing, incoming, side, token, folder },
    ask: gatewayAsker(side.url, token),
    client: createGatewayClient({ url: side.url, key: token }),
    async close() {
      await side[Symbol.asyncDispose]();
      await incoming[Symbol.asyncDispose]();
      await outgoing[Symbol.asyncDispose]();
      await desk.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
