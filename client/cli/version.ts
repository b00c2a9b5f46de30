import { createRequire } from 'node:module';

interface Package {
  readonly version: string;
}

export function programVersion(): string {
  return (createRequire(import.meta.url)('../../../package.json') as Package).version;
}
