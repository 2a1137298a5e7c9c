import { writeFileSync } from 'node:fs';
import { EXAMPLE_PICTURE_FILE, examplePicture } from './example-picture';

// npm run -s docs:plan: writes the picture of the README anew.
writeFileSync(EXAMPLE_PICTURE_FILE, examplePicture());
process.stdout.write(`${EXAMPLE_PICTURE_FILE}\n`);
