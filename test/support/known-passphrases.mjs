import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import sodium from 'libsodium-wrappers';

// Argon2id took a quarter of the tests' processor time, mostly for a passphrase and a salt that had been stretched before.
// Here the second time is remembered: in this process, and in the folder that BILDBOTE_TEST_STRETCHED names, if any. The
// first time is the real function, whose vectors are in test/crypto/seal; what is imported here is no part of the product.
await sodium.ready;
const stretch = sodium.crypto_pwhash;
const folder = process.env.BILDBOTE_TEST_STRETCHED;
const known = new Map();

function keyOf(name, make) {
  const file = folder === undefined ? undefined : join(folder, name);
  if (file !== undefined && existsSync(file)) return readFileSync(file);
  const key = make();
  if (file !== undefined) {
    writeFileSync(`${file}.${process.pid}`, key);
    renameSync(`${file}.${process.pid}`, file);
  }
  return key;
}

sodium.crypto_pwhash = (length, passphrase, salt, ops, memory, kind) => {
  const name = createHash('sha256').update(`${length} ${ops} ${memory} ${kind} ${passphrase.length} `);
  const id = name.update(passphrase).update(salt).digest('hex');
  const key = known.get(id) ?? keyOf(id, () => stretch(length, passphrase, salt, ops, memory, kind));
  known.set(id, Uint8Array.from(key));
  return Uint8Array.from(key);
};
