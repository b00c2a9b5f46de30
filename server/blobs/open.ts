import { openDiskBlobs } from './disk.js';
import type { BlobPlace } from './place.js';
import { openS3Blobs } from './s3.js';
import type { BlobStore } from './store.js';

export async function openBlobs(place: BlobPlace): Promise<BlobStore> {
  switch (place.kind) {
    case 'disk':
      return openDiskBlobs(place.folder);
    case 's3':
      return openS3Blobs(place);
  }
}
