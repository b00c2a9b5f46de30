import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchCertificate, makeCertificate, writeText } from '../ground/certificate.js';
import { firstMissing, freePort, runScript, startServer } from '../ground/programs.js';
import { type Ground, type OpenWay, type Way } from '../ground/way.js';

/** What a practised administrator builds from what every system has: a sealed archive through a web server that stores it. */

interface Recipe {
  readonly name: string;
  readonly title: string;
  readonly isSealed: boolean;
  readonly programs: readonly string[];
  /** Before the trip: keys, in $FOLDER. */
  readonly prepare: string;
  /** Reads the archive, writes what is stored. */
  readonly seal: string;
  readonly open: string;
}

const AGE_KEYS = 'age-keygen -o "$FOLDER/age.key" 2>/dev/null; age-keygen -y "$FOLDER/age.key" >"$FOLDER/age.pub"';
const AGE = { prepare: AGE_KEYS, seal: 'age -R "$FOLDER/age.pub"', open: 'age -d -i "$FOLDER/age.key"' };

/** What KIM does to a mail: signed, then encrypted (CMS, RFC 5652), here with ECDSA and AES-256-GCM and as bytes, which is the quicker form. */
const CMS = {
  prepare: `openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=a -keyout "$FOLDER/a.key" -out "$FOLDER/a.pem"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=b -keyout "$FOLDER/b.key" -out "$FOLDER/b.pem"`,
  seal: `openssl cms -sign -binary -nodetach -stream -outform DER -signer "$FOLDER/a.pem" -inkey "$FOLDER/a.key" |
    openssl cms -encrypt -binary -stream -outform DER -aes-256-gcm "$FOLDER/b.pem"`,
  open: `openssl cms -decrypt -binary -inform DER -inkey "$FOLDER/b.key" -recip "$FOLDER/b.pem" |
    openssl cms -verify -binary -inform DER -CAfile "$FOLDER/a.pem" -purpose any`,
};

const RECIPES: readonly Recipe[] = [
  {
    ...{ name: 'tar-nginx', title: 'tar through nginx over TLS, readable there', isSealed: false },
    ...{ programs: [], prepare: 'true', seal: 'cat', open: 'cat' },
  },
  { ...AGE, name: 'age', title: 'tar → age → nginx → age', isSealed: true, programs: ['age'] },
  {
    ...{ name: 'age-zstd', title: 'tar → zstd -3 → age → nginx', isSealed: true, programs: ['age', 'zstd'] },
    ...{ prepare: AGE_KEYS, seal: `zstd -q -3 | ${AGE.seal}`, open: `${AGE.open} | zstd -q -d` },
  },
  {
    ...{ name: 'kim-store', title: 'the KIM way: CMS signed and encrypted, attachment service', isSealed: true },
    ...{ programs: [], ...CMS },
  },
];

export const NGINX_WAYS: readonly Way[] = RECIPES.map((recipe) => ({
  name: recipe.name,
  title: recipe.title,
  isSealed: recipe.isSealed,
  keepsBytes: true,
  missing: () => firstMissing(['nginx', 'curl', 'openssl', 'tar', ...recipe.programs]),
  open: (ground) => openNginxWay(ground, recipe),
}));

async function openNginxWay(ground: Ground, recipe: Recipe): Promise<OpenWay> {
  const { folder } = ground;
  const tls = await makeCertificate(folder);
  if (tls === null) throw new TypeError('openssl has been looked for');
  const port = await freePort();
  const near = await ground.line(port);
  const server = await startServer('nginx', ['-c', await writeConfig(folder, port, tls), '-p', folder], port);
  const values = { FOLDER: folder, URL: `https://localhost:${near}/stored`, CA: tls.authority };
  await runScript(recipe.prepare, values);
  return {
    servers: [server.pid],
    async go({ study, out }) {
      await mkdir(out, { recursive: true });
      const trip = { ...values, STUDY: study, OUT: out };
      await runScript(`tar -C "$STUDY" -cf - . | ${recipe.seal} | curl -sSf --cacert "$CA" -T - "$URL"`, trip);
      await runScript(`curl -sSf --cacert "$CA" "$URL" | ${recipe.open} | tar -C "$OUT" -xf -`, trip);
      await rm(join(folder, 'www', 'stored'));
      return { wireBytes: null, firstAtMs: null };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function writeConfig(folder: string, port: number, tls: BenchCertificate): Promise<string> {
  await mkdir(join(folder, 'www'), { recursive: true });
  const text = `daemon off; pid nginx.pid; error_log stderr crit; worker_processes 1; master_process off;
events { worker_connections 64; }
http {
  access_log off; client_max_body_size 0; client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp;
  uwsgi_temp_path temp; scgi_temp_path temp; sendfile on;
  server {
    listen 127.0.0.1:${port} ssl; ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key}; root www;
    location / { dav_methods PUT DELETE; create_full_put_path on; }
  }
}
`;
  return writeText(join(folder, 'nginx.conf'), text);
}
