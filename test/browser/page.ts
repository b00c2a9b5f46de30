import { toHex } from '../../crypto/wire/bytes.js';
import { parsePayloadHeader } from '../../crypto/wire/payload.js';
import { createPayload, openPayload } from '../../crypto/seal/payload.js';
import { signingKeyFromSeed } from '../../crypto/seal/sign.js';
import { createKeystore, openKeystore } from '../../crypto/seal/keystore.js';
import { createDeviceSecrets, randomSecret, recoveryKeysFrom } from '../../crypto/seal/device-keys.js';
import { openEpoch } from '../../crypto/seal/epoch.js';
import { signAddDevice, signEpoch, signGenesis } from '../../crypto/seal/statements.js';
import { asSecret } from '../../crypto/seal/secret.js';
import { ready } from '../../crypto/seal/suite.js';
import { verifySignature } from '../../crypto/wire/signature.js';
import { parseAddress } from '../../crypto/wire/ids.js';

/** What the tests call inside a browser: the product's own code, bundled as it is. Bytes cross as arrays of numbers. */

async function sealPayload(
  plain: readonly number[][],
): Promise<{ secret: number[]; header: number[]; segments: number[][] }> {
  await ready();
  const payload = await createPayload(65_536);
  const segments: number[][] = [];
  for (const [index, bytes] of plain.entries()) {
    const position = index === plain.length - 1 ? 'last' : 'inner';
    segments.push([...(await payload.floe.sealSegment(index, Uint8Array.from(bytes), position))]);
  }
  return { secret: [...payload.secret], header: [...payload.header.bytes], segments };
}

async function openSealed(
  secret: readonly number[],
  header: readonly number[],
  segments: readonly number[][],
): Promise<number[][]> {
  await ready();
  const { floe } = await openPayload(asSecret(Uint8Array.from(secret)), parsePayloadHeader(Uint8Array.from(header)));
  const plain: number[][] = [];
  for (const [index, bytes] of segments.entries()) {
    const position = index === segments.length - 1 ? 'last' : 'inner';
    plain.push([...(await floe.openSegment(index, Uint8Array.from(bytes), position))]);
  }
  return plain;
}

/** A whole mailbox: identity, device, epoch, and its secret opened again. */
async function makeMailbox(address: string): Promise<{ statements: number[][]; opened: boolean }> {
  await ready();
  const identity = signingKeyFromSeed(randomSecret());
  const device = createDeviceSecrets('Dr. Browser');
  const deviceKey = signingKeyFromSeed(device.sigSeed);
  const nowMs = 1_800_000_000_000;
  const genesis = signGenesis(parseAddress(address), identity, recoveryKeysFrom(randomSecret()), nowMs);
  const added = signAddDevice(genesis.state, identity, device, deviceKey, nowMs);
  const epoch = await signEpoch(added.state, device, deviceKey, nowMs);
  const chainEpoch = epoch.state.epoch;
  const secret = chainEpoch === null ? null : await openEpoch(epoch.state.mailboxId, chainEpoch, device);
  return {
    statements: [genesis, added, epoch].map(({ bytes }) => [...bytes]),
    opened: secret !== null && toHex(secret.seed) === toHex(epoch.secret.seed),
  };
}

async function signAndVerify(
  seed: readonly number[],
  text: string,
): Promise<{ publicKey: string; signature: number[] }> {
  await ready();
  const key = signingKeyFromSeed(Uint8Array.from(seed));
  const payload = new TextEncoder().encode(text);
  const signature = key.sign('msg', payload);
  verifySignature('msg', key.publicKey, payload, signature);
  return { publicKey: toHex(key.publicKey), signature: [...signature] };
}

async function keystoreRoundTrip(
  passphrase: string,
  content: readonly number[],
): Promise<{ bytes: number[]; content: number[] }> {
  await ready();
  const cost = { opsLimit: 2, memBytes: 64 * 1024 * 1024 };
  const { bytes } = createKeystore(passphrase, Uint8Array.from(content), cost);
  return { bytes: [...bytes], content: [...openKeystore(bytes, { kind: 'passphrase', passphrase }).content] };
}

export const page = { sealPayload, openSealed, makeMailbox, signAndVerify, keystoreRoundTrip };
export type Page = typeof page;

Object.assign(globalThis, { bildbote: page });
