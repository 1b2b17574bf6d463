import {digestBytes} from '../../core/digest.js';
import type {ModelValue} from '../../core/ports.js';
import {modelPath} from './names.js';

/** A trained network as MLflow keeps models: files by name in a folder of the run's artifacts, of the `onnx` flavour. */
interface LoggedModel {
  readonly path: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Its entry in MLflow's tag `mlflow.log-model.history`. */
  readonly history: object;
}

/** The versions that read it; later ones do as well. */
const needs = ['mlflow', 'onnx', 'onnxruntime', 'numpy'];
const pythonVersion = '3.11.0';

/** `created` in milliseconds since 1970: the same model logged again is the same bytes. */
export async function loggedModel(
  run: {readonly id: string},
  stage: string,
  port: string,
  model: ModelValue,
  created: number,
): Promise<LoggedModel> {
  const path = modelPath(stage, port);
  const {toOnnx} = await import('../../exporters/onnx/model.js');
  const onnx = toOnnx(model.architecture, model.weights);
  const flavors = {
    onnx: {data: 'model.onnx', providers: ['CPUExecutionProvider'], code: null},
    python_function: {
      data: 'model.onnx',
      loader_module: 'mlflow.onnx',
      python_version: pythonVersion,
      env: {virtualenv: 'python_env.yaml'},
    },
  };
  const about = {
    artifact_path: path,
    run_id: run.id,
    model_uuid: digestBytes(`${run.id} ${path}`).slice(0, 32),
    utc_time_created: new Date(created).toISOString().replace('T', ' ').replace('Z', '000'),
    flavors,
  };
  const signature = {
    inputs: JSON.stringify([tensor('input', onnx.input)]),
    outputs: JSON.stringify([tensor('output', onnx.output)]),
    params: null,
  };
  const example = {artifact_path: 'input_example.json', type: 'ndarray', format: 'tf-serving'};
  const environment = {python: pythonVersion, build_dependencies: ['pip'], dependencies: ['-r requirements.txt']};
  return {
    path,
    history: about,
    files: {
      // JSON is YAML
      MLmodel: json({...about, signature, saved_input_example_info: example}),
      'model.onnx': onnx.bytes,
      'input_example.json': json({input: [zeros(onnx.input)]}),
      'requirements.txt': Buffer.from(`${needs.join('\n')}\n`),
      'python_env.yaml': json(environment),
    },
  };
}

const json = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, null, 1)}\n`);

const tensor = (name: string, shape: readonly number[]): object => ({
  name,
  type: 'tensor',
  'tensor-spec': {dtype: 'float32', shape: [-1, ...shape]},
});

/** Nested lists of zeros: one example. */
const zeros = ([length, ...rest]: readonly number[]): unknown =>
  length === undefined ? 0 : Array.from({length}, () => zeros(rest));
