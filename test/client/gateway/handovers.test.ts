import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Router } from 'express';
import type { ApiDeps } from '../../../client/gateway/api/deps.js';
import { handOverEndpoints } from '../../../client/gateway/api/handovers.js';
import { exchangeSchema } from '../../../client/gateway/config/exchange.js';
import { handOverTo } from '../../../client/gateway/exchange/hand-over.js';
import { openHanded } from '../../../client/gateway/exchange/handed.js';
import { decodeGdt } from '../../../client/gateway/gdt/charset.js';
import { mount } from '../../../client/gateway/http/endpoint.js';
import { GatewayError } from '../../../client/gateway/error.js';
import type { Deed } from '../../../client/gateway/incoming/deeds.js';
import type { ReceivedMessage } from '../../../client/gateway/incoming/incoming.js';
import { openLocalPatients } from '../../../client/gateway/patients/local-patients.js';
import { type GatewayClient, type GatewayProblem, createGatewayClient } from '../../../client/gateway/sdk/client.js';
import { type GatewayHttp, startGatewayHttp } from '../../support/gateway-http.js';

const MESSAGE = 'a'.repeat(32);
const PDF = Buffer.from('%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n');
const PATIENT = { patientId: '4711', name: 'Müller^Erika', birthDate: '19600203', sex: 'F' };

/** The interface in front of real exchange folders; a report without a study, so that nobody but a person can say whose it is. */
describe('handing over by the interface', () => {
  let http: GatewayHttp;
  let client: GatewayClient;
  let folders: Record<string, string>;
  const deeds: Deed[] = [];
  let lastRun: Promise<void> = Promise.resolve();

  before(async () => {
    http = await startGatewayHttp(async ({ keys, folder }) => {
      folders = { pvs: join(folder, 'pvs'), archive: join(folder, 'archive') };
      for (const one of Object.values(folders)) await mkdir(one);
      const exchanges = exchangeSchema.parse(Object.entries(folders).map(([name, path]) => ({ name, path })));
      const report = join(folder, 'befund.pdf');
      await writeFile(report, PDF);
      const sha256 = createHash('sha256').update(PDF).digest('hex');
      const file = {
        path: 'attachments/befund.pdf',
        absolute: report,
        bytes: PDF.length,
        sha256,
        sopInstanceUid: null,
      };
      const letter = {
        from: 'befund@nord.example',
        stored: { acceptedMs: Date.UTC(2026, 10, 25, 12) },
        body: { subject: 'Befund', text: '', summary: { instances: 0, studies: 0, bytes: 0 } },
      };
      const message = { name: MESSAGE, letter, deeds } as unknown as ReceivedMessage;
      const incoming = {
        files: () => Promise.resolve([file]),
        get: (name: string) => (name === MESSAGE ? message : unknown()),
      };
      const handed = await openHanded(folder);
      const patients = await openLocalPatients(folder);
      const common = { incoming, handed, patients, imports: { of: () => [] }, nameOf: () => 'Radiologie Nord' };
      const run = async (): Promise<void> => {
        deeds.length = 0;
        for (const exchange of exchanges) {
          const errand = handOverTo({ ...common, exchange });
          const outcome = await errand.run(message, new AbortController().signal);
          const about = {
            kind: 'exchange',
            target: exchange.name,
            instances: 0,
            total: 0,
            confirmed: [],
            atMs: 1,
          } as const;
          const code = outcome.kind === 'waits' ? outcome.code : null;
          deeds.push({ ...about, state: outcome.kind === 'done' ? 'done' : 'waiting', code });
        }
      };
      await run();
      const handOvers = { store: handed, targets: exchanges.map(({ name }) => name), again: () => (lastRun = run()) };
      const router = Router();
      mount(router, handOverEndpoints({ incoming, handOvers } as unknown as ApiDeps), keys);
      return [['/api/v1', router]];
    });
    client = createGatewayClient({ url: http.url, key: await http.tokenFor('imports', 'messages:read') });
  });
  after(() => http.close());

  const unknown = (): never => {
    throw new GatewayError('message-unknown', 'no such message');
  };
  const codeOf = (answer: Promise<unknown>): Promise<string> =>
    answer.then(
      () => 'done',
      ({ code }: GatewayProblem) => code,
    );
  const states = async (): Promise<string[]> =>
    (await client.deeds(MESSAGE)).map((one) => `${one.target} ${one.state}`);

  it('writes report and record of the patient whom a person has named into the one exchange, then into the other', async () => {
    expect(await states()).to.deep.equal(['pvs waiting', 'archive waiting']);
    expect((await client.deeds(MESSAGE))[0]?.code).to.equal('patient-unknown');
    expect(await readdir(folders['pvs'] ?? '')).to.deep.equal([]);

    await client.handOver(MESSAGE, { person: 'Frau Kurz', exchange: 'pvs', patient: PATIENT });
    await lastRun;
    expect(await states()).to.deep.equal(['pvs done', 'archive waiting']);
    const names = (await readdir(folders['pvs'] ?? '')).sort();
    expect(names).to.have.length(2);
    const record = decodeGdt(await readFile(join(folders['pvs'] ?? '', names[0] ?? '')), 'windows-1252');
    for (const part of ['4711', 'Müller', '03021960']) expect(record).to.include(part);
    const pdf = names.find((name) => name.endsWith('.pdf')) ?? expect.fail('no report');
    expect((await readFile(join(folders['pvs'] ?? '', pdf))).equals(PDF)).to.equal(true);
    expect(await readdir(folders['archive'] ?? '')).to.deep.equal([]);

    // Without a name of an exchange: the ones that are open, and the first is not written again.
    await client.handOver(MESSAGE, { person: 'Frau Kurz', patient: { ...PATIENT, patientId: '4712' } });
    await lastRun;
    expect(await states()).to.deep.equal(['pvs done', 'archive done']);
    expect((await readdir(folders['pvs'] ?? '')).sort()).to.deep.equal(names);
    expect(await readdir(folders['archive'] ?? '')).to.have.length(2);
  });

  it('is decided once, of messages and exchanges that there are, by whoever may and says who he is', async () => {
    const order = { person: 'Frau Kurz', patient: PATIENT };
    expect(await codeOf(client.handOver(MESSAGE, order))).to.equal('conflict');
    expect(await codeOf(client.handOver('b'.repeat(32), order))).to.equal('not-found');
    expect(await codeOf(client.handOver(MESSAGE, { ...order, exchange: 'elsewhere' }))).to.equal('not-found');
    expect(await codeOf(client.handOver(MESSAGE, { ...order, person: '' }))).to.equal('request-invalid');
    const wrong = { ...order, patient: { ...PATIENT, birthDate: '3.2.1960' } };
    expect(await codeOf(client.handOver(MESSAGE, wrong))).to.equal('request-invalid');
    const reader = createGatewayClient({ url: http.url, key: await http.tokenFor('messages:read') });
    expect(await codeOf(reader.handOver(MESSAGE, order))).to.equal('scope-missing');
    expect(await codeOf(reader.deeds('b'.repeat(32)))).to.equal('not-found');
    expect(http.failures).to.deep.equal([]);
  });
});
