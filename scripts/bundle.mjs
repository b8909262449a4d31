// Bundles each view into one module, or with --check says which bundle is stale. The first line of a bundle has a hash
// of its sources, by which pytest finds a stale one without node.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const VIEWS = [
  ...["code", "download", "drop", "frame", "number", "tunes", "plots/diagram"],
  ...["plots/health", "plots/loss", "plots/magnitudes"],
  ...["page/page", "playback/keys", "playback/player", "playback/sound", "roll/roll", "strips/strips"],
  ...["units/effect", "units/past", "units/units"],
];

const check = process.argv.includes("--check");
for (const view of VIEWS) {
  const { outputFiles, metafile } = await build({
    entryPoints: [`lstmmusic/views/${view}.js`],
    bundle: true,
    charset: "utf8",
    format: "esm",
    metafile: true,
    outfile: "bundle.js",
    target: "es2022",
    write: false,
  });
  const hash = createHash("sha256");
  for (const path of Object.keys(metafile.outputs["bundle.js"].inputs).sort()) hash.update(await readFile(path));
  const bundle = `// Made by scripts/bundle: ${hash.digest("hex")}\n${outputFiles[0].text}`;
  const path = `lstmmusic/views/bundles/${view.split("/").at(-1)}.js`;
  if (!check) await writeFile(path, bundle);
  else if ((await readFile(path, "utf8").catch(() => "")) !== bundle) {
    console.error(`${path} is stale: run scripts/bundle`);
    process.exitCode = 1;
  }
}
