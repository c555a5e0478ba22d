// Run by npm after each change of node_modules (`dependencies` in package.json). A package that ships its binaries says
// `gypfile: false`; npm leaves that out of the lock file, and npm before version 11 then compiles it on `npm ci`, which
// fails on a machine without a compiler. So it is written into the lock file here.
const { existsSync, readFileSync, writeFileSync } = require('node:fs');

const LOCK = 'package-lock.json';
const text = readFileSync(LOCK, 'utf8');
const lock = JSON.parse(text);
for (const [folder, entry] of Object.entries(lock.packages)) {
  const manifest = `${folder}/package.json`;
  if (folder === '' || !existsSync(manifest)) continue;
  if (JSON.parse(readFileSync(manifest, 'utf8')).gypfile === false) entry.gypfile = false;
}
const marked = `${JSON.stringify(lock, null, 2)}\n`;
if (marked !== text) writeFileSync(LOCK, marked);
