import {readFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

/** Version of tfjs, which does the arithmetic on other backends than TensorFlow. */
export async function tfjsVersion(): Promise<string> {
  const manifest = fileURLToPath(import.meta.resolve('@tensorflow/tfjs-node-gpu/package.json'));
  const {version} = JSON.parse(await readFile(join(dirname(manifest), '..', 'tfjs-core', 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
