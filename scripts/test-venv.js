// Prints the path of a Python that has what test/reference/requirements.txt names; makes the environment when it is not there.
// TFPIPE_TEST_VENV says where (default: in the user's cache).
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {pythonWith} from './python-venv.js';

const requirements = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test', 'reference', 'requirements.txt');

export const testPython = () => pythonWith(requirements, 'test', process.env.TFPIPE_TEST_VENV);

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(testPython());
