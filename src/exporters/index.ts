import {csv} from './csv.js';
import {npy} from './npy.js';
import {npz} from './npz.js';
import {onnx} from './onnx/index.js';
import {png} from './png.js';
import {safetensors} from './safetensors.js';

/** Every format of `pipeline export`, by name; an encoder is loaded when it writes. */
export const exporters = {safetensors, npy, npz, csv, png, onnx};
