import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { firstMissing, runScript } from './programs.js';

export interface BenchCertificate {
  readonly authority: string;
  readonly cert: string;
  readonly key: string;
}

/** A certificate for 127.0.0.1 and localhost, signed by itself, for one run. @returns null where there is no openssl */
export async function makeCertificate(folder: string): Promise<BenchCertificate | null> {
  if ((await firstMissing(['openssl'])) !== null) return null;
  const [cert, key] = [join(folder, 'tls.pem'), join(folder, 'tls-key.pem')];
  const script = `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout "$KEY" -out "$CERT" \\
    -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1'`;
  await runScript(script, { CERT: cert, KEY: key });
  return { authority: cert, cert, key };
}

export async function writeText(path: string, text: string): Promise<string> {
  await writeFile(path, text);
  return path;
}
