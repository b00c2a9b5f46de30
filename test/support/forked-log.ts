import { toHex, utf8 } from '../../crypto/wire/bytes.js';
import { consistencyProof, inclusionProof, merkleRoot } from '../../crypto/wire/merkle.js';
import { encodeCheckpoint } from '../../crypto/log/checkpoint.js';
import { encodeEntry, entryHash, mapIndex } from '../../crypto/log/entry.js';
import { parseAddress } from '../../crypto/wire/ids.js';
import { type NoteSigner, loadNoteSigner } from '../../server/directory-log/log-key.js';
import { type Leaf, secondMapHash, secondMapProof } from '../vectors/log-map/generate.js';
import { until } from './public-log.js';
import { type LyingRelay, jsonAnswer, problemAnswer } from './lying-relay.js';

/**
 * A second history under the relay's own log key, which a relay that lies has: any leaves, any entries, every proof within
 * itself valid.
 */
export class ForkedLog {
  readonly #signer: NoteSigner;
  readonly #hashes: Uint8Array[];
  readonly #leaves: readonly Leaf[];
  readonly #mapRoot: Uint8Array;

  /** @param size of the log that is shown, at least 2 */
  static async of(dataDir: string, leaves: readonly Leaf[], size: number): Promise<ForkedLog> {
    const signer = await loadNoteSigner(dataDir, 'log');
    if (signer === null) throw new Error('no log key');
    return new ForkedLog(signer, leaves, size);
  }

  private constructor(signer: NoteSigner, leaves: readonly Leaf[], size: number) {
    this.#signer = signer;
    this.#leaves = leaves;
    const root = secondMapHash(leaves);
    this.#mapRoot = encodeEntry({ kind: 'map-root', covers: size - 1, timeMs: Date.now(), root });
    const invented = Array.from({ length: size - 1 }, (_, i) =>
      encodeEntry({ kind: 'statement', index: utf8('i'.repeat(32)), seq: i + 1, digest: utf8('d'.repeat(32)) }),
    );
    this.#hashes = [...invented, this.#mapRoot].map(entryHash);
  }

  get size(): number {
    return this.#hashes.length;
  }

  /** Signed by the log, without any witness. */
  get note(): string {
    const text = encodeCheckpoint({ origin: this.#signer.key.name, size: this.size, root: merkleRoot(this.#hashes) });
    return `${text}\n${this.#signer.signatureLine(text, 0)}`;
  }

  proof(index: Buffer, from: number) {
    const leaf = this.#leaves.find((one) => one.index.equals(index));
    const { bitmap, siblings } = secondMapProof(this.#leaves, index);
    return {
      checkpoint: this.note,
      mapRoot: base64Url(this.#mapRoot),
      inclusion: inclusionProof(this.#hashes, this.size - 1).map(base64Url),
      value: leaf === undefined ? null : { seq: leaf.seq, head: base64Url(leaf.head) },
      bitmap: Buffer.from(bitmap, 'hex').toString('base64url'),
      siblings: siblings.map((text) => Buffer.from(text, 'hex').toString('base64url')),
      consistency: from === 0 || from > this.size ? null : consistencyProof(this.#hashes, from).map(base64Url),
    };
  }

  /** The answer to `GET /api/log/proofs/:index`, as a browser is given it. */
  proofAnswer(url: URL): string {
    const index = Buffer.from(url.pathname.split('/').at(-1) ?? '', 'hex');
    return JSON.stringify(this.proof(index, Number(url.searchParams.get('from'))));
  }

  /** From now on the relay shows this log to everybody, or to whom `only` says. */
  show(lying: LyingRelay, only: (token: string) => boolean = () => true): void {
    lying.lie('GET /api/log/proofs/:index', (request, truth) => {
      if (!only(request.headers['authorization'] ?? '')) return truth();
      const index = Buffer.from(request.params['index'] ?? '', 'hex');
      return jsonAnswer(this.proof(index, Number(request.query.get('from'))));
    });
    lying.lie('GET /api/log/consistency', (request, truth) => {
      if (!only(request.headers['authorization'] ?? '')) return truth();
      const [from, to] = [Number(request.query.get('from')), Number(request.query.get('to'))];
      if (to > this.size) return problemAnswer(404, 'not-found');
      return jsonAnswer({ hashes: consistencyProof(this.#hashes.slice(0, to), from).map(base64Url) });
    });
  }
}

/** Waits until the true log has a mailbox, so that a fork can have it, too. */
export async function untilLogged(lying: LyingRelay, address: string): Promise<void> {
  const index = mapIndex(parseAddress(address));
  await until(
    () => trueLeaves(lying),
    (leaves) => leaves.some((leaf) => leaf.index.equals(index)),
  );
}

/** The newest heads of the true map. */
export async function trueLeaves(lying: LyingRelay): Promise<Leaf[]> {
  const rows = await lying.truth
    .db('log_map_leaves')
    .select<{ map_index: Buffer; seq: number; head: Buffer }[]>('map_index', 'seq', 'head');
  return rows.map(({ map_index: index, seq, head }) => ({ index, seq, head }));
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(toHex(bytes), 'hex').toString('base64url');
}
