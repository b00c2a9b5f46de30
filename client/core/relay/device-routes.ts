import { type z } from 'zod/mini';
import { toBase64Url } from '../../../crypto/wire/bytes.js';
import { type MailboxId } from '../../../crypto/wire/ids.js';
import * as answer from './answer.js';
import { type Exchange } from './http.js';
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

/** What of the relay's sessions and retries these routes need. */
interface Asking {
  json(request: Exchange): Promise<unknown>;
  nothing(request: Exchange): Promise<void>;
}

export function deviceRoutes(call: Asking): DeviceRelay {
  return { ...pairingRoutes(call), ...markRoutes(call), ...recoveryRoutes(call) };
}

type PairingRoutes = Pick<DeviceRelay, 'openPairing' | 'putPairingBlob' | 'pairingBlob' | 'endPairing'>;

function pairingRoutes(call: Asking): PairingRoutes {
  return {
    openPairing: async (pairingId) => {
      const json = { pairingId: toBase64Url(pairingId) };
      const opened = await call.json({ method: 'POST', path: '/api/pairings', json });
      return answer.parseAnswer(answer.pairingOpened, opened).expiresAt;
    },
    putPairingBlob: (pairingId, { sender, n }, blob) => {
      const path = sender === 'admin' ? '/api/pairings/offers' : '/api/pairings/answers';
      const json = { pairingId: toBase64Url(pairingId), n, blob: toBase64Url(blob) };
      return call.nothing({ method: 'POST', path, json });
    },
    pairingBlob: (pairingId, { sender, n }) =>
      nullIfNotFound(async () => {
        const json = { pairingId: toBase64Url(pairingId), sender, n };
        const found = await call.json({ method: 'POST', path: '/api/pairings/read', json });
        return answer.parseAnswer(answer.pairingBlob, found).blob;
      }),
    endPairing: (pairingId) =>
      call.nothing({ method: 'POST', path: '/api/pairings/end', json: { pairingId: toBase64Url(pairingId) } }),
  };
}

function markRoutes(call: Asking): Pick<DeviceRelay, 'keystoreMark' | 'putKeystoreMark'> {
  return {
    keystoreMark: () =>
      nullIfNotFound(async () => {
        const found = await call.json({ method: 'GET', path: '/api/keystore-mark' });
        const { mark, signature } = answer.parseAnswer(answer.keystoreMark, found);
        return { claim: mark, signature };
      }),
    putKeystoreMark: ({ claim, signature }) =>
      call.nothing({
        method: 'PUT',
        path: '/api/keystore-mark',
        json: { mark: toBase64Url(claim), signature: toBase64Url(signature) },
      }),
  };
}

function recoveryRoutes(call: Asking): Pick<DeviceRelay, 'recoverableChain' | 'recover'> {
  const page = async (claim: SignedClaim, after: number): Promise<z.infer<typeof answer.recoverableChain>> => {
    const json = { request: toBase64Url(claim.claim), signature: toBase64Url(claim.signature), after };
    return answer.parseAnswer(
      answer.recoverableChain,
      await call.json({ method: 'POST', path: '/api/recoveries/lookup', json }),
    );
  };
  return {
    recoverableChain: async (claim) => {
      const statements: Uint8Array[] = [];
      for (;;) {
        const found = await page(claim, statements.length);
        statements.push(...found.statements);
        const isWhole = found.statements.length === 0 || statements.length >= found.last;
        if (isWhole) return { mailboxId: found.mailboxId, statements };
      }
    },
    recover: (mailboxId, statements) => {
      const json = { mailboxId, statements: statements.map(toBase64Url) };
      return call.nothing({ method: 'POST', path: '/api/recoveries', json });
    },
  };
}
