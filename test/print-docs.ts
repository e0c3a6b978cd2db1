// `npm run docs`: writes the sections that are printed from the code into the documents.

import { writeFileSync } from 'node:fs';
import { PRINTED_SECTIONS, withSection } from './printed-sections.js';

for (const section of PRINTED_SECTIONS) {
  writeFileSync(section.file, withSection(section));
  process.stdout.write(`${section.file}: ${section.name}\n`);
}
