import {native} from '../../tensor/tensorflow.js';
import {compiledStep} from './compiled-step.js';
import {eagerStep} from './eager-step.js';
import type {TrainingProgram, TrainingStep} from './training-program.js';

/** Makes a program's step ready to run: one compiled graph on TensorFlow, else operation by operation. */
export function createTrainingStep(program: TrainingProgram): TrainingStep {
  if (native && program.compile) return compiledStep(program, native);
  if (program.precision === 'bfloat16')
    throw new Error('Expected `precision: float32` where a step is not compiled, got `bfloat16`');
  return eagerStep(program);
}
