import { randomBytes } from 'node:crypto';
import { encodeAuth } from '../../crypto/wire/auth.js';
import { type ChainState, extendChain, headOf, startChain } from '../../crypto/wire/chain.js';
import { COMMITMENT_BYTES, KEM_ENC_BYTES, KEM_PUBLIC_KEY_BYTES } from '../../crypto/wire/envelope.js';
import { type DeviceId, deviceIdFrom, parseAddress } from '../../crypto/wire/ids.js';
import {
  type EpochBody,
  type SeedBox,
  type StatementBody,
  deviceProofInput,
  encodeSignedPart,
  encodeStatement,
} from '../../crypto/wire/statement.js';
import { type SigningKey, signingKeyFromSeed } from '../../crypto/seal/sign.js';
import { ready } from '../../crypto/seal/suite.js';

const DAY_MS = 86_400_000;

/** A device as its owner holds it. */
export interface TestDevice {
  readonly deviceId: DeviceId;
  readonly key: SigningKey;
  /** Public half only: nothing is sealed to it here. */
  readonly kemKey: Uint8Array;
}

/** A mailbox's own view of its chain: real signatures, boxes of noise. */
export class TestMailbox {
  readonly identity: SigningKey;
  readonly device: TestDevice;
  readonly statements: Uint8Array[] = [];
  #state: ChainState;

  static async create(address: string, device?: TestDevice): Promise<TestMailbox> {
    await ready();
    return new TestMailbox(address, device ?? createDevice());
  }

  private constructor(address: string, device: TestDevice) {
    this.identity = signingKeyFromSeed(randomBytes(32));
    this.device = device;
    const genesis: StatementBody = {
      kind: 'genesis',
      address: parseAddress(address),
      identityKey: this.identity.publicKey,
      recoverySigKey: signingKeyFromSeed(randomBytes(32)).publicKey,
      recoveryKemKey: randomBytes(KEM_PUBLIC_KEY_BYTES),
    };
    const signed = encodeSignedPart({
      seq: 1,
      prev: new Uint8Array(32),
      timeMs: Date.now(),
      mailboxId: null,
      body: genesis,
    });
    const bytes = encodeStatement(signed, this.identity.sign('mailbox', signed));
    this.statements.push(bytes);
    this.#state = startChain(bytes);
    this.commit(this.addDevice(this.device));
    this.commit(this.epoch());
  }

  get state(): ChainState {
    return this.#state;
  }

  /** The next statement, signed; the chain does not move. */
  next(body: StatementBody, signer: SigningKey = this.identity): Uint8Array {
    const { mailboxId, seq } = this.#state;
    const prev = headOf(this.#state);
    const signed = encodeSignedPart({ seq: seq + 1, prev, timeMs: Date.now(), mailboxId, body });
    return encodeStatement(signed, signer.sign('mailbox', signed));
  }

  /** Moves the chain. */
  commit(statement: Uint8Array): Uint8Array {
    this.#state = extendChain(this.#state, statement);
    this.statements.push(statement);
    return statement;
  }

  addDevice(device: TestDevice): Uint8Array {
    const { mailboxId } = this.#state;
    const { deviceId, kemKey, key } = device;
    const fields = { deviceId, memberTag: randomBytes(32), sigKey: key.publicKey, kemKey };
    const proof = key.sign('device-pop', deviceProofInput(mailboxId, fields));
    return this.next({ kind: 'add-device', ...fields, proof });
  }

  /** The device renews its keys; `renewed` has its id and other keys. */
  rekey(device: TestDevice, renewed: TestDevice): Uint8Array {
    const { mailboxId, devices } = this.#state;
    const { deviceId, kemKey, key } = renewed;
    const memberTag = devices.get(deviceId)?.memberTag ?? randomBytes(32);
    const input = deviceProofInput(mailboxId, { deviceId, memberTag, sigKey: key.publicKey, kemKey });
    const body = { deviceId, sigKey: key.publicKey, kemKey, proof: key.sign('device-pop', input) };
    return this.next({ kind: 'device-rekey', ...body }, device.key);
  }

  revokeDevice(deviceId: DeviceId): Uint8Array {
    return this.next({ kind: 'revoke-device', deviceId, reason: 'lost' });
  }

  /** Boxed to the devices in force, signed by the first device. */
  epoch(overrides: Partial<EpochBody> = {}): Uint8Array {
    const valid = [...this.#state.devices.values()].filter((device) => device.revokedSeq === null);
    const body: EpochBody = {
      kind: 'epoch',
      n: this.#state.lastEpoch + 1,
      kemKey: randomBytes(KEM_PUBLIC_KEY_BYTES),
      notBeforeMs: Date.now(),
      notAfterMs: Date.now() + 30 * DAY_MS,
      boxes: new Map(valid.map(({ deviceId }) => [deviceId, noiseBox()])),
      recoveryBox: noiseBox(),
      signer: this.device.deviceId,
      ...overrides,
    };
    return this.next(body, this.device.key);
  }

  /** What a device signs to sign in. */
  auth(origin: string, nonce: Uint8Array, device: TestDevice = this.device, timeMs: number = Date.now()) {
    const { mailboxId } = this.#state;
    const auth = encodeAuth({ origin, nonce, mailboxId, deviceId: device.deviceId, timeMs });
    return { auth, signature: device.key.sign('auth', auth) };
  }
}

export function createDevice(): TestDevice {
  return {
    deviceId: deviceIdFrom(randomBytes(16)),
    key: signingKeyFromSeed(randomBytes(32)),
    kemKey: randomBytes(KEM_PUBLIC_KEY_BYTES),
  };
}

function noiseBox(): SeedBox {
  return {
    enc: randomBytes(KEM_ENC_BYTES),
    commitment: randomBytes(COMMITMENT_BYTES),
    ciphertext: randomBytes(48),
  };
}
