/** Numbers for Prometheus, in its text format (version 0.0.4). Labels are methods, route patterns and statuses: never ids. */

export interface Metrics {
  request(method: string, route: string, status: string, ms: number): void;
  /** A number that is asked for when somebody looks. */
  gauge(name: string, help: string, read: () => Promise<number> | number): void;
  render(): Promise<string>;
}

/** Seconds. A part of 8 MiB takes one at 64 Mbit/s. */
const BUCKETS = [0.005, 0.02, 0.1, 0.5, 1, 5, 30, 120];
/** Routes times statuses; more would be somebody's invention. */
const MAX_SERIES = 2_000;

interface Histogram {
  readonly buckets: number[];
  sum: number;
  count: number;
}

export function createMetrics(): Metrics {
  const requests = new Map<string, number>();
  const seconds = new Map<string, Histogram>();
  const gauges: { readonly name: string; readonly help: string; readonly read: () => Promise<number> | number }[] = [];
  return {
    request(method, route, status, ms) {
      add(requests, labels({ method, route, status }));
      observe(seconds, labels({ method, route }), ms / 1_000);
    },
    gauge: (name, help, read) => void gauges.push({ name, help, read }),
    async render() {
      const read = await Promise.all(
        gauges.map(async ({ name, help, read: value }) => gaugeText(name, help, await value())),
      );
      return [
        counterText('bildbote_http_requests_total', 'Requests that were answered', requests),
        histogramText('bildbote_http_request_seconds', 'How long requests took', seconds),
        ...read,
        '',
      ].join('\n');
    },
  };
}

function labels(pairs: Readonly<Record<string, string>>): string {
  const quoted = Object.entries(pairs).map(([name, value]) => `${name}="${value.replaceAll(/[\\"\n]/g, '_')}"`);
  return quoted.join(',');
}

function add(counts: Map<string, number>, key: string): void {
  if (counts.size < MAX_SERIES || counts.has(key)) counts.set(key, (counts.get(key) ?? 0) + 1);
}

function observe(histograms: Map<string, Histogram>, key: string, value: number): void {
  if (histograms.size >= MAX_SERIES && !histograms.has(key)) return;
  const histogram = histograms.get(key) ?? { buckets: BUCKETS.map(() => 0), sum: 0, count: 0 };
  for (const [i, limit] of BUCKETS.entries())
    if (value <= limit) histogram.buckets[i] = (histogram.buckets[i] ?? 0) + 1;
  histogram.sum += value;
  histogram.count += 1;
  histograms.set(key, histogram);
}

function counterText(name: string, help: string, counts: ReadonlyMap<string, number>): string {
  const lines = [...counts].map(([key, count]) => `${name}{${key}} ${count}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...lines].join('\n');
}

function gaugeText(name: string, help: string, value: number): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}`;
}

function histogramText(name: string, help: string, histograms: ReadonlyMap<string, Histogram>): string {
  const lines = [...histograms].flatMap(([key, { buckets, sum, count }]) => [
    ...BUCKETS.map((limit, i) => `${name}_bucket{${key},le="${limit}"} ${buckets[i] ?? 0}`),
    `${name}_bucket{${key},le="+Inf"} ${count}`,
    `${name}_sum{${key}} ${sum}`,
    `${name}_count{${key}} ${count}`,
  ]);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...lines].join('\n');
}
