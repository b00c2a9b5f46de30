import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from 'chai';
import fc from 'fast-check';
import { type RelayOptions, loadConfig } from '../../server/config.js';
import { RelayError } from '../../server/error.js';
import { weaknessOf } from '../../server/secrets.js';
import { ENVIRONMENT } from '../../server/settings.js';
import { type TestFolder, createFolder } from '../support/folder.js';

const STRONG = 'k3-Vf9q2Lw_7TzRb';

describe('server/config', () => {
  let folder: TestFolder;

  before(async () => {
    folder = await createFolder();
  });
  after(() => folder.remove());

  async function fileOf(text: string, name = 'relay.yaml', mode = 0o600): Promise<string> {
    const path = join(folder.path, name);
    await writeFile(path, text);
    await chmod(path, mode);
    return path;
  }

  function complaintOf(options: RelayOptions, environment: NodeJS.ProcessEnv = {}): string {
    try {
      loadConfig(options, environment, 'serve');
      return '';
    } catch (error) {
      assert.instanceOf(error, RelayError);
      assert.equal((error as RelayError).code, 'config-invalid');
      return (error as RelayError).message;
    }
  }

  it('takes options over environment over file over defaults, and says which', async () => {
    const config = await fileOf('port: 1000\nquotaBytes: 5\nlogLevel: debug\n');
    const environment = { BILDBOTE_PORT: '2000', BILDBOTE_LOG_LEVEL: 'warn' };
    const loaded = loadConfig({ config, port: 3000 }, environment, 'serve');
    assert.deepInclude(loaded, { port: 3000, logLevel: 'warn', quotaBytes: 5, messagesPerDay: 20_000 });
    const sources = Object.fromEntries(loaded.shown.map(({ name, source }) => [name, source]));
    assert.deepInclude(sources, {
      port: 'option',
      logLevel: 'environment',
      quotaBytes: 'file',
      messagesPerDay: 'default',
    });
    assert.equal(loadConfig({}, { BILDBOTE_CONFIG: config }).port, 1000);
  });

  it('takes JSON as well, and registrars as a list', async () => {
    const ids = ['ab'.repeat(32), 'cd'.repeat(32)];
    const config = await fileOf(JSON.stringify({ port: 7, registrars: ids }), 'relay.json');
    const loaded = loadConfig({ config }, {});
    assert.equal(loaded.port, 7);
    assert.deepEqual<readonly string[]>(loaded.registrars, ids);
    const list = await fileOf(`registrars:\n  - ${ids[0]}\n  - ${ids[1]}\n`);
    assert.deepEqual<readonly string[]>(loadConfig({ config: list }, {}).registrars, ids);
  });

  it('names everything that is wrong at once, with line or variable, and quotes no value', async () => {
    const config = await fileOf(
      ['port: 70000', 'quotaByte: 7', `s3SecretAccessKey: ${STRONG}`, 'rateLimit: maybe', 'rateLimit: off'].join('\n'),
    );
    assert.match(complaintOf({ config }), /line 5: no valid YAML or JSON/);
    const whole = await fileOf(
      [`port: 70000`, 'quotaByte: 7', `s3SecretAccessKey: ${STRONG}`, 'rateLimit: maybe', 'blobs: s3://sealed'].join(
        '\n',
      ),
    );
    const environment = {
      BILDBOTE_TLS_CERT: join(folder.path, 'none.pem'),
      BILDBOTE_ORIGIN: 'relay.example/path',
      DATABASE_URL: 'mysql://who:geheimes-wort@db/x',
      BILDBOTE_DIRECT: 'perhaps',
    };
    const complaint = complaintOf({ config: whole, messagesPerDay: -1 }, environment);
    for (const part of [
      /line 1\): /,
      /line 2: there is no such setting/,
      /rateLimit \(.* line 4\)/,
      /s3AccessKeyId \(BILDBOTE_S3_ACCESS_KEY_ID\): key id and secret belong together/,
      /tlsKey \(BILDBOTE_TLS_KEY\)/,
      /origin \(BILDBOTE_ORIGIN\)/,
      /databaseUrl \(DATABASE_URL\)/,
      /direct \(BILDBOTE_DIRECT\)/,
      /messagesPerDay \(BILDBOTE_MESSAGES_PER_DAY\)/,
    ]) {
      assert.match(complaint, part);
    }
    for (const value of [STRONG, 'geheimes-wort', 'quotaByte', '70000', 'perhaps', 'maybe']) {
      assert.notInclude(complaint, value);
    }
  });

  it('looks at files that are named before it serves, all of them at once', () => {
    const missing = join(folder.path, 'missing');
    const complaint = complaintOf({ tlsCert: missing, tlsKey: missing, witnesses: missing, config: missing });
    for (const name of ['tlsCert', 'tlsKey', 'witnesses'])
      assert.match(complaint, new RegExp(`${name} \\(.*cannot be read`));
    assert.match(complaint, /missing: cannot be read: ENOENT/);
    assert.doesNotThrow(() => loadConfig({ tlsCert: missing, tlsKey: missing }, {}), 'who only administers');
  });

  it('refuses a file that is none: broken, too long, a list, an alias, or open to everybody with a secret in it', async () => {
    for (const text of ['port: [', '- port', 'port: 1\n---\nport: 2', `a: &a [x]\nport: *a`, 'true']) {
      assert.isNotEmpty(complaintOf({ config: await fileOf(text, 'broken.yaml') }), text);
    }
    assert.match(complaintOf({ config: await fileOf(`# ${'x'.repeat(300_000)}`) }), /over 256 KiB/);
    const secret = `metricsToken: ${STRONG}\n`;
    assert.match(
      complaintOf({ config: await fileOf(secret, 'open.yaml', 0o644) }),
      /open.yaml.*metricsToken.*chmod 600/,
    );
    assert.equal(complaintOf({ config: await fileOf(secret, 'closed.yaml', 0o640) }), '');
    assert.equal(complaintOf({ config: await fileOf('port: 1\n', 'plain.yaml', 0o644) }), '');
    assert.equal(complaintOf({ config: await fileOf('', 'empty.yaml') }), '');
  });

  it('does not start with a secret that is none, or with one that everybody knows', () => {
    const s3 = (s3SecretAccessKey: string) => complaintOf({ s3AccessKeyId: 'id', s3SecretAccessKey });
    for (const weak of ['minioadmin', 'changeme', 'Passwort-123', 'kurz', 'aaaaaaaaaaaaaaaa', 'SuperSecret2026!']) {
      assert.match(s3(weak), /s3SecretAccessKey/, weak);
      assert.notInclude(s3(weak), weak);
      assert.match(complaintOf({ databaseUrl: `postgres://u:${weak}@db.example/x` }), /databaseUrl/, weak);
      assert.match(complaintOf({ metricsToken: weak }), /metricsToken/, weak);
    }
    assert.equal(s3(STRONG), '');
    assert.match(complaintOf({ databaseUrl: 'postgres://bildbote@db.example/x' }), /has no password/);
    assert.match(complaintOf({ databaseUrl: 'postgres://longusername:longusername@db.example/x' }), /name of its user/);
    for (const databaseUrl of [
      `postgres://u:${STRONG}@db.example/x`,
      'postgres:///x?host=/var/run/postgresql',
      'postgres://u@127.0.0.1/x',
      'postgres://u@db.example/x?sslcert=client.pem',
    ]) {
      assert.equal(complaintOf({ databaseUrl }), '', databaseUrl);
    }
  });

  it('takes what is drawn at random for a secret', () => {
    const drawn = fc.uint8Array({ minLength: 16, maxLength: 48 }).filter((bytes) => new Set(bytes).size > 8);
    fc.assert(
      fc.property(drawn, (bytes) => {
        assert.isNull(weaknessOf(Buffer.from(bytes).toString('base64url')));
      }),
      { numRuns: 200 },
    );
  });

  it('says that practices would come without TLS, and that numbers would be open to everybody', () => {
    assert.match(complaintOf({ origin: 'http://relay.example' }), /origin .*plainHttp=on/);
    assert.equal(complaintOf({ origin: 'http://relay.example', plainHttp: 'on' }), '');
    assert.equal(complaintOf({ origin: 'http://127.0.0.1:8080' }), '');
    assert.match(complaintOf({ metricsHost: '0.0.0.0' }), /metricsToken/);
    assert.equal(complaintOf({ metricsHost: '0.0.0.0', metricsToken: STRONG }), '');
  });

  it('shows no secret, and where the database is without the way in', () => {
    const options = {
      databaseUrl: `postgres://someone:${STRONG}@db.example:5433/bildbote`,
      s3AccessKeyId: 'AKIDKEY',
      s3SecretAccessKey: `${STRONG}s3`,
      metricsToken: `${STRONG}mt`,
    };
    const text = JSON.stringify(loadConfig(options, {}, 'serve').shown);
    for (const secret of [STRONG, 'AKIDKEY', 'someone']) assert.notInclude(text, secret);
    assert.include(text, 'postgres://db.example:5433/bildbote');
  });

  it('notices variables that look like settings and are none', () => {
    const environment = { BILDBOTE_QUOTA_BYTE: '5', BILDBOTE_PASSPHRASE: 'x', BILDBOTE_PORT: '1', PATH: '/' };
    assert.deepEqual(loadConfig({}, environment).unknownVariables, ['BILDBOTE_QUOTA_BYTE']);
    assert.deepEqual(
      loadConfig({}, Object.fromEntries(Object.values(ENVIRONMENT).map((name) => [name, '']))).unknownVariables,
      [],
    );
  });
});
