// Unpacks Chromium, its fonts and its libraries into the folder named; TMPDIR must be that folder.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import chromium from "@sparticuz/chromium";

const folder = process.argv[2];
console.log(await chromium.executablePath());
const packed = join(import.meta.dirname, "node_modules/@sparticuz/chromium/bin/al2023.tar.br");
writeFileSync(join(folder, "libraries.tar"), brotliDecompressSync(readFileSync(packed)));
