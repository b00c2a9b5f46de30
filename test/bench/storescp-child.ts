import { openIntake } from '../../client/gateway/intake/intake.js';
import { openScp } from '../../client/gateway/intake/scp.js';
import { createLog } from '../../client/gateway/log.js';
import { type Outgoing } from '../../client/gateway/outgoing/outgoing.js';

/** The gateway's DICOM port and its intake in a process of their own, into a folder: what `bench:storescp` measures. Says its port on standard output. */

const [folder = ''] = process.argv.slice(2);
const log = createLog('warn');
// Nothing becomes a job as long as the study is not quiet.
const outgoing = { draft: () => Promise.reject(new Error('no job is made here')) } as unknown as Outgoing;
const intake = await openIntake({
  ...{ folder, log, outgoing, rules: [], quietMs: 86_400_000, waitMs: 86_400_000 },
  ...{ maxInstanceBytes: 2 ** 32, expiresMs: 86_400_000 },
});
const scp = await openScp({
  ...{ host: '127.0.0.1', port: 0, log, intake, titles: ['GATEWAY'], sopClasses: [], tls: null },
  peers: [{ aeTitle: 'STORESCU', from: ['127.0.0.1'] }],
  ...{ maxPduBytes: 131_072, maxAssociations: 4, idleMs: 60_000 },
});
process.stdout.write(`${scp.port}\n`);
process.once('SIGTERM', () => void scp[Symbol.asyncDispose]().then(() => process.exit(0)));
