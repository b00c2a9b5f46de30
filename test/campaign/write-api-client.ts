import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { apiClientFiles, currentDocument } from '../support/api-client.js';

/** `npm run api:client` */
for (const [path, text] of await apiClientFiles(await currentDocument())) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
