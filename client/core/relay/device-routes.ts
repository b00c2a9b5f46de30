import { toBase64Url } from '../../../crypto/wire/bytes.js';
import { type MailboxId } from '../../../crypto/wire/ids.js';
import * as answer from './answer.js';
import { type Asking, ask, tell } from './asking.js';
import { nullIfNotFound } from './not-found.js';

/** What devices ask of the relay for their own mailbox (docs/spec/relay-api.md §10 to §12). */
export interface DeviceRelay {
  /** @returns when it ends */
  openPairing(pairingId: Uint8Array): Promise<number>;
  putPairingBlob(pairingId: Uint8Array, place: PairingPlace, blob: Uint8Array): Promise<void>;
  /** Null while there is none, and when there is no such pairing. */
  pairingBlob(pairingId: Uint8Array, place: PairingPlace): Promise<Uint8Array | null>;
  endPairing(pairingId: Uint8Array): Promise<void>;
  keystoreMark(): Promise<SignedClaim | null>;
  putKeystoreMark(claim: SignedClaim): Promise<void>;
  /** The chain behind an address, for whoever signs with its recovery key. */
  recoverableChain(claim: SignedClaim): Promise<{ readonly mailboxId: MailboxId; readonly statements: Uint8Array[] }>;
  recover(mailboxId: MailboxId, statements: readonly Uint8Array[]): Promise<void>;
}

export interface PairingPlace {
  readonly sender: 'admin' | 'device';
  readonly n: number;
}

export interface SignedClaim {
  readonly claim: Uint8Array;
  readonly signature: Uint8Array;
}

export function deviceRoutes(call: Asking): DeviceRelay {
  return { ...pairingRoutes(call), ...markRoutes(call), ...recoveryRoutes(call) };
}

type PairingRoutes = Pick<DeviceRelay, 'openPairing' | 'putPairingBlob' | 'pairingBlob' | 'endPairing'>;

function pairingRoutes(call: Asking): PairingRoutes {
  return {
    openPairing: async (pairingId) => {
      const json = { pairingId: toBase64Url(pairingId) };
      return (await ask(call, 'POST /api/pairings', answer.pairingOpened, { json })).expiresAt;
    },
    putPairingBlob: (pairingId, { sender, n }, blob) => {
      const name = sender === 'admin' ? 'POST /api/pairings/offers' : 'POST /api/pairings/answers';
      return tell(call, name, { json: { pairingId: toBase64Url(pairingId), n, blob: toBase64Url(blob) } });
    },
    pairingBlob: (pairingId, { sender, n }) =>
      nullIfNotFound(async () => {
        const json = { pairingId: toBase64Url(pairingId), sender, n };
        return (await ask(call, 'POST /api/pairings/read', answer.pairingBlob, { json })).blob;
      }),
    endPairing: (pairingId) => tell(call, 'POST /api/pairings/end', { json: { pairingId: toBase64Url(pairingId) } }),
  };
}

function markRoutes(call: Asking): Pick<DeviceRelay, 'keystoreMark' | 'putKeystoreMark'> {
  return {
    keystoreMark: () =>
      nullIfNotFound(async () => {
        const { mark, signature } = await ask(call, 'GET /api/keystore-mark', answer.keystoreMark, {});
        return { claim: mark, signature };
      }),
    putKeystoreMark: ({ claim, signature }) =>
      tell(call, 'PUT /api/keystore-mark', { json: { mark: toBase64Url(claim), signature: toBase64Url(signature) } }),
  };
}

function recoveryRoutes(call: Asking): Pick<DeviceRelay, 'recoverableChain' | 'recover'> {
  return {
    recoverableChain: async ({ claim, signature }) => {
      const statements: Uint8Array[] = [];
      for (;;) {
        const json = { request: toBase64Url(claim), signature: toBase64Url(signature), after: statements.length };
        const found = await ask(call, 'POST /api/recoveries/lookup', answer.recoverableChain, { json });
        statements.push(...found.statements);
        const isWhole = found.statements.length === 0 || statements.length >= found.last;
        if (isWhole) return { mailboxId: found.mailboxId, statements };
      }
    },
    recover: (mailboxId, statements) =>
      tell(call, 'POST /api/recoveries', { json: { mailboxId, statements: statements.map(toBase64Url) } }),
  };
}
