import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {testPython} from '#scripts/test-venv.js';
import {toOnnx} from '#tfpipe/exporters/onnx/model.js';
import {boost} from '#tfpipe/numerics/trees/boosting.js';
import {ensembleScores, joinTrees, type TreeEnsemble} from '#tfpipe/numerics/trees/ensemble.js';
import {growForest} from '#tfpipe/numerics/trees/forest.js';
import {classes, context, examples, features} from '../../numerics/trees/reference.js';
import {largestDifference} from '../../training/steps/gradients.js';
import {scratchFolder, tidyEnvironment} from '../../util/scratch.js';

const script = `
import json, sys
import numpy as np, onnx, onnxruntime
onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)
x = np.array(json.loads(sys.stdin.read()), "float32").reshape(-1, ${features})
(output,) = onnxruntime.InferenceSession(sys.argv[1]).run(["output"], {"input": x})
print(json.dumps(output.ravel().tolist()))
`;

for (const leaves of ['shares', 'scores'] as const)
  test(`trees that give ${leaves}: onnxruntime computes the same scores`, async () => {
    const ensemble: TreeEnsemble = {input: [features], trees: {classes, leaves}};
    const [train, seen] = [examples(3), examples(5)];
    const {weights} = leaves === 'shares' ? await forestOf(ensemble, train) : await boostedOf(ensemble, train);
    const path = join(scratchFolder('onnx'), 'trees.onnx');
    writeFileSync(path, toOnnx(ensemble, weights).bytes);
    const options = {input: JSON.stringify([...seen.examples.data]), encoding: 'utf8', env: tidyEnvironment()} as const;
    const found = JSON.parse(execFileSync(testPython(), ['-c', script, path], options)) as number[];
    assert.ok(largestDifference(ensembleScores(ensemble, weights, seen.examples).data, found) < 1e-5);
  });

type Train = ReturnType<typeof examples>;

async function forestOf(ensemble: TreeEnsemble, train: Train) {
  const depth = Number.POSITIVE_INFINITY;
  const options = {trees: 7, classes, featuresPerSplit: 2, depth, leafExamples: 1, bootstrap: true};
  const {trees} = await growForest(ensemble, options, train, undefined, context(1), 1);
  return {weights: joinTrees(trees, new Float32Array(classes))};
}

async function boostedOf(ensemble: TreeEnsemble, train: Train) {
  const options = {rounds: 4, rate: 0.1, leaves: 8, leafExamples: 10, features: 1, l2: 0};
  const {trees, base} = await boost(ensemble, options, train, undefined, context(1), 1);
  return {weights: joinTrees(trees, base)};
}
