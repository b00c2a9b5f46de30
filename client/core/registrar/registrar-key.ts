import { registrarIdOf } from '../../../crypto/wire/attestation.js';
import { cborRecord, encodeCbor, parseCbor } from '../../../crypto/wire/cbor.js';
import { WireError } from '../../../crypto/wire/error.js';
import { type RegistrarId } from '../../../crypto/wire/ids.js';
import { asBytes, asMap, asOneOf, asText, assertKeys } from '../../../crypto/wire/shape.js';
import { randomSecret } from '../../../crypto/seal/device-keys.js';
import { type SigningKey, signingKeyFromSeed } from '../../../crypto/seal/sign.js';
import { type KdfCost, ready } from '../../../crypto/seal/suite.js';
import { openWith, performKeystoreTask } from '../account/keystore-work.js';
import { CoreError } from '../error.js';
import { type BlobFile, type KeystoreWorker } from '../ports.js';

/** The key with which a registrar vouches for names, in a file of the keystore's form (docs/spec/names.md §2). */
export interface Registrar extends Disposable {
  readonly registrarId: RegistrarId;
  /** What the registrar calls itself; stays in the file. */
  readonly label: string;
  readonly key: SigningKey;
}

export interface RegistrarFile {
  readonly file: BlobFile;
  readonly passphrase: string;
  readonly worker?: KeystoreWorker | undefined;
  readonly kdf?: KdfCost | undefined;
}

const MAX_LABEL = 100;
const MAX_CONTENT_BYTES = 1024;

/** @throws CoreError `registrar-invalid` when the file is there already: no key is ever overwritten */
export async function createRegistrar(to: RegistrarFile, label: string): Promise<Registrar> {
  await ready();
  if ((await to.file.load()) !== null) throw new CoreError('registrar-invalid', 'the file exists');
  const seed = randomSecret();
  const content = encodeCbor(cborRecord({ 0: 1, 1: 'registrar', 2: label, 3: seed }));
  const task = { kind: 'create', passphrase: to.passphrase, content, kdf: to.kdf } as const;
  const { bytes, masterKey } = await openWith(to.worker ?? performKeystoreTask, task);
  masterKey.fill(0);
  content.fill(0);
  await to.file.save(bytes);
  return registrarOf(label, seed);
}

/** @throws CoreError `registrar-invalid`; SealError `passphrase-wrong`, `keystore-damaged`, … */
export async function openRegistrar(from: RegistrarFile): Promise<Registrar> {
  await ready();
  const bytes = await from.file.load();
  if (bytes === null) throw new CoreError('registrar-invalid', 'no such file');
  const task = { kind: 'open', credential: { kind: 'passphrase', passphrase: from.passphrase }, bytes } as const;
  const { content, masterKey } = await openWith(from.worker ?? performKeystoreTask, task);
  masterKey.fill(0);
  try {
    const map = asMap(parseCbor(content, { maxBytes: MAX_CONTENT_BYTES }));
    assertKeys(map, [0, 1, 2, 3]);
    asOneOf(map.get(0), [1]);
    asOneOf(map.get(1), ['registrar']);
    return registrarOf(asText(map.get(2), MAX_LABEL), asBytes(map.get(3), 32));
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new CoreError('registrar-invalid', "not a registrar's key file", { cause });
  }
}

function registrarOf(label: string, seed: Uint8Array): Registrar {
  const key = signingKeyFromSeed(seed);
  seed.fill(0);
  return { registrarId: registrarIdOf(key.publicKey), label, key, [Symbol.dispose]: () => key.close() };
}
