import { mkdir, writeFile, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { openFetches } from '../client/gateway/query/fetches.js';
import { findPatients, findSeries, findStudies } from '../client/gateway/query/levels.js';
import { remoteOf } from '../client/gateway/query/remote.js';
import { freePort } from './support/gateways.js';
import { startDcmqrscp, startOrthanc, storescu } from './support/pacs-programs.js';
import { tinyStudy } from './support/tiny-study.js';
import { openScp } from '../client/gateway/intake/scp.js';
import { createLog } from '../client/gateway/log.js';

const root = await mkdtemp('/tmp/pacs-scratch/x');
const gw = await freePort();
for (const kind of ['dcmqrscp', 'orthanc'] as const) {
  const t0 = Date.now();
  const folder = join(root, kind);
  await mkdir(folder);
  const pacsProgram = kind === 'orthanc' ? await startOrthanc(folder, { aeTitle: 'BILDBOTE', port: gw }) : await startDcmqrscp(folder, { aeTitle: 'BILDBOTE', port: gw });
  console.log(kind, 'started', Date.now() - t0);
  const study = [...tinyStudy({ study: 'q', series: 2, instances: 3 }), ...tinyStudy({ study: 'r', instances: 1, patientId: 'P-18', patientName: 'Meier^Hans', birthDate: '19700101' })];
  const paths: string[] = [];
  for (const [i, one] of study.entries()) { const p = join(folder, `${i}.dcm`); await writeFile(p, one.bytes); paths.push(p); }
  console.log('store', await storescu(pacsProgram.port, 'PACS', paths), Date.now() - t0);
  const pacs = { name: 'a', host: '127.0.0.1', port: pacsProgram.port, aeTitle: 'PACS', callingAeTitle: 'BILDBOTE', timeout: 10000 } as never;
  const remote = remoteOf(pacs);
  console.log(JSON.stringify(await findStudies(remote, { patientName: 'M*' }, 10)));
  console.log(JSON.stringify(await findPatients(remote, { birthDate: '19600203' }, 10)));
  console.log(JSON.stringify(await findSeries(remote, study[0]!.study, 10)));
  console.log(JSON.stringify(await findStudies(remote, { patientName: 'M*' }, 1)));
  const fetches = await openFetches({ folder: join(root, kind), destination: 'BILDBOTE', ownTitle: null, maxInstanceBytes: 1e8 });
  const scp = await openScp({ host: '127.0.0.1', port: gw, log: createLog('debug'), intake: { opened: () => () => undefined, sink: () => { throw new Error('intake'); } } as never, diversion: fetches, titles: ['BILDBOTE'], peers: [{ aeTitle: 'PACS', from: ['127.0.0.1'] }], sopClasses: [], maxPduBytes: 131072, maxAssociations: 4, idleMs: 10000, tls: null });
  const got = await fetches.fetch(pacs, { studyInstanceUid: study[0]!.study, seriesInstanceUids: null });
  console.log('fetched', got.files.length, Date.now() - t0);
  const some = await fetches.fetch(pacs, { studyInstanceUid: study[0]!.study, seriesInstanceUids: [study[0]!.series] });
  console.log('fetched', some.files.length, Date.now() - t0);
  const none = await fetches.fetch(pacs, { studyInstanceUid: '1.2.3.4', seriesInstanceUids: null }).catch((e: unknown) => (e as {code:string}).code);
  console.log('none', none);
  await scp[Symbol.asyncDispose]();
  await pacsProgram.close();
}
