import type { ByteSource, ReopenSource } from '../ports.js';
import type { CollectedInstance } from './collected.js';
import type { Collection, OtherSource } from './collect.js';
import type { CollectedSeries, CollectedStudy } from './study-tree.js';

/** A source without its functions, fit to travel between threads: by its locator it is opened again where it arrives. */
export type PortableSource = Pick<ByteSource, 'name' | 'size' | 'modifiedMs' | 'locator'>;

type With<T, Key extends keyof T, Value> = Omit<T, Key> & Readonly<Record<Key, Value>>;
type PortableInstance = With<CollectedInstance, 'source', PortableSource>;
type PortableSeries = With<CollectedSeries, 'instances', readonly PortableInstance[]>;
type PortableStudy = With<CollectedStudy, 'series', readonly PortableSeries[]>;
type PortableOther = With<OtherSource, 'source', PortableSource>;

export interface PortableCollection extends Omit<Collection, 'studies' | 'others'> {
  readonly studies: readonly PortableStudy[];
  readonly others: readonly PortableOther[];
}

/** What a thread that collects hands over. */
export function toPortable(collection: Collection): PortableCollection {
  return {
    ...collection,
    studies: collection.studies.map((study) => ({
      ...study,
      series: study.series.map((series) => ({
        ...series,
        instances: series.instances.map((instance) => ({ ...instance, source: withoutFunctions(instance.source) })),
      })),
    })),
    others: collection.others.map((other) => ({ ...other, source: withoutFunctions(other.source) })),
  };
}

function withoutFunctions({ name, size, modifiedMs, locator }: ByteSource): PortableSource {
  return {
    name,
    size,
    ...(modifiedMs === undefined ? {} : { modifiedMs }),
    ...(locator === undefined ? {} : { locator }),
  };
}

/** The collection with sources that are opened when they are read. */
export function fromPortable(portable: PortableCollection, reopen: ReopenSource): Collection {
  return {
    ...portable,
    studies: portable.studies.map((study) => ({
      ...study,
      series: study.series.map((series) => ({
        ...series,
        instances: series.instances.map((instance) => ({ ...instance, source: lazy(instance.source, reopen) })),
      })),
    })),
    others: portable.others.map((other) => ({ ...other, source: lazy(other.source, reopen) })),
  };
}

function lazy(source: PortableSource, reopen: ReopenSource): ByteSource {
  const open = (): Promise<ByteSource> => reopen(source.locator ?? '');
  return {
    ...source,
    read: async (offset, length) => (await open()).read(offset, length),
    async *stream(offset = 0) {
      yield* (await open()).stream(offset);
    },
  };
}
