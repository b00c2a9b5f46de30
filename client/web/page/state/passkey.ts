import { DeskError } from '../../desk/rpc.js';

/** Passkeys and security keys as a way into the keystore: the authenticator's answer to a salt (WebAuthn extension PRF). */

type Bytes = Uint8Array<ArrayBuffer>;

export interface Passkey {
  readonly credentialId: Bytes;
  readonly salt: Bytes;
  readonly secret: Bytes;
}

interface PrfResults {
  readonly prf?: { readonly enabled?: boolean; readonly results?: { readonly first?: ArrayBuffer | Uint8Array } };
}

/** Without a host name, as under 127.0.0.1, browsers give no passkeys. */
export function canUsePasskeys(): boolean {
  const isNamed = !/^[0-9.]+$|^\[/.test(location.hostname);
  return isNamed && 'PublicKeyCredential' in globalThis;
}

const random = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));

/** @throws DeskError `passkey-refused`, `passkey-unfit` when the authenticator has no PRF */
export async function createPasskey(address: string): Promise<Passkey> {
  const created = await ask(() =>
    navigator.credentials.create({
      publicKey: {
        rp: { name: 'Bildbote' },
        // No account is looked up by it: it tells entries of a list apart.
        user: { id: random(16), name: address, displayName: address },
        challenge: random(32),
        pubKeyCredParams: [
          { type: 'public-key', alg: -7 },
          { type: 'public-key', alg: -257 },
          { type: 'public-key', alg: -8 },
        ],
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        attestation: 'none',
        extensions: { prf: {} },
      },
    }),
  );
  const { prf } = created.getClientExtensionResults() as PrfResults;
  if (prf?.enabled !== true) throw new DeskError('passkey-unfit');
  const salt = random(32);
  const credentialId = new Uint8Array(created.rawId);
  return { credentialId, salt, secret: (await readSecret([{ credentialId, salt }])).secret };
}

/** Any of these will do: the authenticator that is there answers. @throws DeskError `passkey-refused`, `passkey-unfit` */
export async function readSecret(
  slots: readonly { readonly credentialId: Bytes; readonly salt: Bytes }[],
): Promise<{ credentialId: Bytes; secret: Bytes }> {
  const evalByCredential = Object.fromEntries(
    slots.map(({ credentialId, salt }) => [base64Url(credentialId), { first: salt }]),
  );
  const got = await ask(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: random(32),
        allowCredentials: slots.map(({ credentialId }) => ({ type: 'public-key', id: credentialId })),
        userVerification: 'required',
        extensions: { prf: { evalByCredential } },
      },
    }),
  );
  const { prf } = got.getClientExtensionResults() as PrfResults;
  const first = prf?.results?.first;
  if (first === undefined) throw new DeskError('passkey-unfit');
  return { credentialId: new Uint8Array(got.rawId), secret: new Uint8Array(first as ArrayBuffer) };
}

async function ask(action: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const credential = await action();
    if (credential instanceof PublicKeyCredential) return credential;
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause;
    throw new DeskError('passkey-refused', { cause });
  }
  throw new DeskError('passkey-refused');
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
