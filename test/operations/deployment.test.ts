import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assert } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../../server/config.js';
import { ENVIRONMENT } from '../../server/settings.js';
import { OPERATIONS } from '../../server/openapi/answers.js';

/** What an operator copies is right as far as a machine without containers can tell. */

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const STRONG = 'k3Vf9q2Lw7TzRb8sYd4m';
const VARIABLES: readonly string[] = [...Object.values<string>(ENVIRONMENT), 'BILDBOTE_CONFIG'];

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}
interface ComposeService {
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly ports?: readonly string[];
  readonly build?: { readonly context: string; readonly dockerfile: string };
}

describe('compose.yaml', () => {
  const compose = parse(read('docs/operations/compose.yaml')) as Compose;
  const relay = compose.services['relay'] ?? assert.fail();
  /** As compose fills in what the operator sets. */
  const filled = (secret: string): Record<string, string> => {
    const given: Record<string, string> = { POSTGRES_PASSWORD: secret, BILDBOTE_ORIGIN: 'https://relay.example' };
    return Object.fromEntries(
      Object.entries(relay.environment).map(([name, value]) => [
        name,
        value.replaceAll(/\$\{(\w+)(:\?[^}]*)?\}/g, (_, variable: string) => given[variable] ?? assert.fail(variable)),
      ]),
    );
  };

  it('names volumes, services and files that there are', () => {
    const mounts = Object.values(compose.services).flatMap(({ volumes }) => volumes.map((one) => one.split(':')[0]));
    assert.sameMembers(mounts, Object.keys(compose.volumes));
    assert.includeMembers(Object.keys(compose.services), Object.keys(relay.depends_on ?? {}));
    assert.isTrue(existsSync(join(root, relay.build?.dockerfile ?? '')));
    assert.isTrue(existsSync(resolve(root, 'docs/operations', relay.build?.context ?? '', 'package.json')));
  });

  it('sets settings that there are, and a relay starts with them', () => {
    assert.deepEqual(
      Object.keys(relay.environment).filter((name) => !VARIABLES.includes(name)),
      [],
    );
    const config = loadConfig({ host: '0.0.0.0', port: 8080, dataDir: '/data' }, filled(STRONG), 'serve');
    assert.deepInclude(config, { origin: 'https://relay.example', trustProxy: 1 });
    assert.include(config.databaseUrl ?? '', '@database/bildbote');
    assert.throws(() => loadConfig({}, filled('postgres'), 'serve'), /databaseUrl/);
  });

  it('opens the relay to this machine only, and asks for every secret', () => {
    assert.deepEqual(relay.ports, ['127.0.0.1:8080:8080']);
    assert.notMatch(read('docs/operations/compose.yaml'), /\$\{\w+(:-[^}]*)?\}/, 'nothing has a default');
  });
});

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}
interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly ports?: readonly { readonly containerPort: number }[];
  readonly volumeMounts?: readonly { readonly name: string }[];
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number };
}
interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly Container[];
    readonly initContainers: readonly Container[];
    readonly volumes: readonly { readonly name: string }[];
  };
}

describe('kubernetes.yaml', () => {
  const documents = parseAllDocuments(read('docs/operations/kubernetes.yaml'));
  const manifests = documents.map((one) => one.toJS() as Manifest);
  const deployment = manifests.find(({ kind }) => kind === 'Deployment') ?? assert.fail();
  const { selector, template } = deployment.spec as { selector: { matchLabels: unknown }; template: Pod };
  const [relay = assert.fail()] = template.spec.containers;

  it('is YAML without a mistake, of complete objects', () => {
    assert.deepEqual(
      documents.flatMap((one) => ('errors' in one ? [...one.errors, ...one.warnings] : [])),
      [],
    );
    for (const one of manifests) assert.containsAllKeys(one, ['apiVersion', 'kind', 'metadata', 'spec']);
  });

  it('selects its own pods, and mounts volumes that there are', () => {
    assert.deepEqual(selector.matchLabels, template.metadata.labels);
    for (const one of manifests.filter(({ kind }) => kind !== 'Deployment')) {
      const { selector: of } = one.spec as { selector: Record<string, unknown> };
      assert.deepEqual(of['matchLabels'] ?? of, template.metadata.labels, one.kind);
    }
    const containers = [...template.spec.initContainers, ...template.spec.containers];
    const mounted = new Set(containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)));
    assert.sameMembers(
      [...mounted],
      template.spec.volumes.map(({ name }) => name),
    );
  });

  it('sets settings that there are, with which several nodes start, and asks routes that there are', () => {
    const environment = Object.fromEntries((relay.env ?? []).map(({ name, value }) => [name, value]));
    const secret = {
      DATABASE_URL: `postgres://bildbote:${STRONG}@db.example/bildbote`,
      BILDBOTE_S3_ACCESS_KEY_ID: 'relay',
      BILDBOTE_S3_SECRET_ACCESS_KEY: STRONG,
      BILDBOTE_METRICS_TOKEN: STRONG,
    };
    for (const name of Object.keys(secret)) assert.include(read('docs/operations/kubernetes.yaml'), name);
    const config = loadConfig({ host: '0.0.0.0', port: 8080 }, { ...environment, ...secret }, 'serve');
    assert.equal(config.blobs.kind, 's3');
    assert.deepEqual(config.unknownVariables, []);
    const ports = (relay.ports ?? []).map(({ containerPort }) => containerPort);
    assert.sameMembers(ports, [8080, Number(config.metricsPort)]);
    for (const probe of [relay.livenessProbe, relay.readinessProbe]) {
      assert.property(OPERATIONS, `GET ${probe?.httpGet.path}`);
      assert.include(ports, probe?.httpGet.port);
    }
  });
});

describe('bildbote.service and Dockerfile', () => {
  it('start what there is, in sections that systemd knows', () => {
    const unit = read('docs/operations/bildbote.service');
    assert.deepEqual(unit.match(/^\[\w+\]$/gm), ['[Unit]', '[Service]', '[Install]']);
    for (const line of unit.split('\n')) assert.match(line, /^(#.*|\[\w+\]|[A-Z][A-Za-z]+=.+|)$/);
    const [, script = ''] = /^ExecStart=\/usr\/bin\/node (\S+) relay --data/m.exec(unit) ?? [];
    assert.isTrue(existsSync(join(root, script)));
    const docker = read('docs/operations/Dockerfile');
    const [, entry = ''] = /^ENTRYPOINT (\[.*\])$/m.exec(docker) ?? [];
    assert.isTrue(existsSync(join(root, (JSON.parse(entry) as string[])[1] ?? '')));
    const [, command = ''] = /^CMD (\[.*\])$/m.exec(docker) ?? [];
    assert.deepEqual(JSON.parse(command), ['relay', '--data', '/data', '--host', '0.0.0.0', '--port', '8080']);
    assert.notMatch(docker, /^USER root/m);
  });
});

interface Rules {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

describe('alerts.yaml', () => {
  const rules = (parse(read('docs/operations/alerts.yaml')) as Rules).groups.flatMap((group) => group.rules);

  it('is whole, and every alert is in the handbook with what to do, and no other', () => {
    for (const { expr, labels, annotations } of rules) {
      assert.equal(expr.match(/[({[]/g)?.length ?? 0, expr.match(/[)}\]]/g)?.length ?? 0, expr);
      assert.include(['page', 'ticket'], labels.severity);
      assert.isNotEmpty(annotations.summary);
    }
    const table = read('docs/operations.md')
      .split('\n')
      .filter((line) => line.startsWith('| `Bildbote'));
    const described = table.flatMap((line) =>
      [...(line.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map((one) => one[1]),
    );
    assert.sameMembers(
      described,
      rules.map(({ alert }) => alert),
    );
  });
});
