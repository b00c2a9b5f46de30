import { mkdir, symlink } from 'node:fs/promises';
import { firstMissing, freePort, runScript, startServer } from '../ground/programs.js';
import { type Ground, type OpenWay, type Way } from '../ground/way.js';

/** C-STORE from program to program (DCMTK): no relay in between, nothing sealed, both sides must be there. */
export const DCMTK_WAY: Way = {
  name: 'dcmtk',
  title: 'DCMTK C-STORE, tuned, direct',
  isSealed: false,
  keepsBytes: false,
  missing: () => firstMissing(['storescu', 'storescp']),
  open: openDcmtk,
};

/** Else each instance waits for a delayed acknowledgement, and DCMTK is thirty times slower. */
const NO_DELAY = { TCP_NODELAY: '1' };

async function openDcmtk(ground: Ground): Promise<OpenWay> {
  const received = `${ground.folder}/received`;
  await mkdir(received, { recursive: true });
  const port = await freePort();
  const near = await ground.line(port);
  const server = await startServer('storescp', ['--max-pdu', '131072', '-od', received, `${port}`], port, NO_DELAY);
  return {
    servers: [server.pid],
    async go({ study, out }) {
      // The program writes to one folder for as long as it runs: that is where `out` leads.
      await mkdir(received, { recursive: true });
      await symlink(received, out);
      const script = 'storescu --max-pdu 131072 +sd +r 127.0.0.1 "$PORT" "$STUDY"';
      await runScript(script, { STUDY: study, PORT: `${near}`, ...NO_DELAY });
      return { wireBytes: null, firstAtMs: null };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
