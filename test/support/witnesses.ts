import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { encodeVerifierKey } from '../../crypto/log/verifier-key.js';
import { type RunningWitness, startWitness, witnessKey } from '../../server/witness/serve.js';
import type { DatabaseKind } from './database.js';
import { createFolder } from './folder.js';
import { asker } from './http.js';
import { type LyingRelay, startLyingRelay } from './lying-relay.js';
import { readPolicy } from './public-log.js';

/** Names, keys and addresses of witnesses that do not run yet, and the relay's file that names them. */
export interface PreparedWitnesses {
  readonly policyFile: string;
  readonly all: readonly { readonly name: string; readonly dataDir: string; readonly port: number }[];
}

/** @param quorum how many of them must have signed */
export async function prepareWitnesses(folder: string, count: number, quorum: number): Promise<PreparedWitnesses> {
  const names = Array.from({ length: count }, (_, i) => `w${i + 1}`);
  const all = await Promise.all(
    names.map(async (name) => ({ name, dataDir: join(folder, name), port: await freePort() })),
  );
  const keys = await Promise.all(
    all.map(({ name, dataDir }) => witnessKey({ dataDir, name: `witness.example/${name}` })),
  );
  const lines = all.map(({ name, port }, i) => `witness ${name} ${keys[i]} http://127.0.0.1:${port}`);
  const policyFile = join(folder, 'witnesses.policy');
  await writeFile(policyFile, [...lines, `group enough ${quorum} ${names.join(' ')}`, 'quorum enough', ''].join('\n'));
  return { policyFile, all };
}

export function freePort(): Promise<number> {
  return new Promise((tell, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => tell(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

export interface WitnessedRelay extends LyingRelay {
  readonly witnesses: readonly RunningWitness[];
}

/** A relay that can lie, whose log one witness has to see. */
export async function startWitnessedRelay(kind: DatabaseKind): Promise<WitnessedRelay> {
  const folder = await createFolder();
  const prepared = await prepareWitnesses(folder.path, 1, 1);
  const lying = await startLyingRelay(kind, { witnesses: prepared.policyFile });
  const { log } = await readPolicy(asker(lying.url));
  const witnesses = await Promise.all(
    prepared.all.map(({ dataDir, port }) => startWitness({ dataDir, port, logKeys: [encodeVerifierKey(log)] })),
  );
  return {
    ...lying,
    witnesses,
    async close() {
      await lying.close();
      for (const witness of witnesses) await witness.close();
      await folder.remove();
    },
  };
}
