import {mkdir, readdir, rename, symlink} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {temporaryName} from '../../util/files.js';
import {addonLink, addonName, addonPackage} from './locate.js';
import {runTool} from './run-tool.js';

/** The C++ compiler that is used. */
export const compiler = (): string => process.env['CXX'] || 'c++';

/**
 * Builds tfjs-node's addon beside TensorFlow's libraries: two C++ files against Node's C interface, the same for every Node from 12 on;
 * no build system is needed.
 */
export async function buildAddon(home: string): Promise<void> {
  const source = join(addonPackage(), 'binding');
  const headers = (createRequire(import.meta.url)('node-api-headers') as {include_dir: string}).include_dir;
  const libraries = (await readdir(join(home, 'tensorflow')))
    .filter((name) => name.startsWith('lib'))
    .map((name) => join(home, 'tensorflow', name));
  const platform =
    process.platform === 'darwin'
      ? ['-undefined', 'dynamic_lookup', '-Wl,-rpath,@loader_path/tensorflow']
      : ['-Wl,-rpath,$ORIGIN/tensorflow'];
  await runTool(compiler(), [
    '-std=c++17',
    '-O2',
    '-fPIC',
    '-shared',
    '-DNAPI_VERSION=8',
    ...[addonPackage(), join(addonPackage(), '..'), headers, join(home, 'tensorflow', 'include')].map((folder) => `-I${folder}`),
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(source, name)),
    ...libraries,
    ...platform,
    '-o',
    join(home, addonName),
  ]);
}

/** Loads an addon in a process of its own, which also finds a processor that TensorFlow was not built for. */
export async function checkAddon(path: string): Promise<void> {
  await runTool(process.execPath, ['-e', 'process.dlopen({exports: {}}, process.argv[1])', path], {
    title: 'loading the addon',
    environment: {TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '-1'},
    remedy: 'TensorFlow needs a processor with AVX (on x64) and glibc 2.27 or later (on Linux).',
  });
}

/** Points tfjs-node to an addon, in one step that nobody sees half-done. */
export async function linkAddon(target: string): Promise<void> {
  const link = addonLink();
  await mkdir(dirname(link), {recursive: true});
  const temporary = `${link}.${await temporaryName()}`;
  await symlink(target, temporary);
  await rename(temporary, link);
}
