import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rulesPage } from '../../client/core/deidentification/rules-page.js';

/** `npm run docs:deid` */
writeFileSync(join(import.meta.dirname, '../../docs/spec/deidentification-attributes.md'), rulesPage());
