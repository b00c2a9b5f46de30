import { type KeyObject, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** X.509 certificates (RFC 5280) for tests: an authority of its own, and whatever is wrong with what it issues. */

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Certificate {
  issue(subject: Subject): Certificate;
}

export interface Subject {
  readonly name: string;
  /** DNS names and IPv4 addresses it is for. */
  readonly hosts: readonly string[];
  readonly usage?: 'server' | 'client';
  readonly notAfter?: Date;
}

const DAY_MS = 86_400_000;

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 128) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 255 ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, body]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const time = (at: Date): Buffer =>
  der(0x18, Buffer.from(`${at.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`, 'latin1'));
const commonName = (text: string): Buffer => sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(text)))));
const extension = (id: string, value: Uint8Array): Buffer => sequence(oid(id), der(0x04, value));

const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));
const USAGES = { server: '2b06010505070301', client: '2b06010505070302' };

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) => {
    const isAddress = /^[\d.]+$/.test(host);
    return isAddress ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host, 'latin1'));
  });
  return sequence(...names);
}

interface Request extends Subject {
  readonly issuer: string;
  readonly isAuthority: boolean;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
}

function certificate(request: Request): string {
  const { name, hosts, usage = 'server', notAfter = new Date(Date.now() + 30 * DAY_MS), isAuthority } = request;
  const extensions = isAuthority
    ? [extension('551d13', sequence(der(0x01, Buffer.of(0xff))))]
    : [extension('551d25', sequence(oid(USAGES[usage]))), extension('551d11', alternativeNames(hosts))];
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(0x01), randomBytes(8)])),
    ECDSA_SHA256,
    commonName(request.issuer),
    sequence(time(new Date(notAfter.getTime() - 60 * DAY_MS)), time(notAfter)),
    commonName(name),
    request.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, request.signer);
  return pem('CERTIFICATE', sequence(body, ECDSA_SHA256, der(0x03, Buffer.of(0), signature)));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keyPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

export function createAuthority(name = 'Test Authority'): Authority {
  const own = newKey();
  const base = { issuer: name, signer: own.privateKey };
  return {
    cert: certificate({ ...base, name, hosts: [], isAuthority: true, publicKey: own.publicKey }),
    key: keyPem(own.privateKey),
    issue(subject) {
      const { publicKey, privateKey } = newKey();
      return { cert: certificate({ ...base, ...subject, isAuthority: false, publicKey }), key: keyPem(privateKey) };
    },
  };
}
