import type {HostTensor} from '../../core/host-tensor.js';
import {moments} from '../moments.js';

/**
 * Fréchet distance (squared) between two sets of features, float32 [n, d] and [m, d], each taken for normal: ‖μ₁ − μ₂‖² +
 * tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½). Source: Heusel et al. 2017, arXiv:1706.08500; covariances are divided by n − 1 as there.
 */
export async function frechetDistance(first: HostTensor<'float32'>, second: HostTensor<'float32'>): Promise<number> {
  const {Matrix, EigenvalueDecomposition} = await import('ml-matrix');
  const dimensions = first.shape[1] ?? 0;
  const [a, b] = [moments(first, 1), moments(second, 1)];
  const [covarianceA, covarianceB] = [a, b].map(({covariance}) => Matrix.from1DArray(dimensions, dimensions, covariance)) as [
    InstanceType<typeof Matrix>,
    InstanceType<typeof Matrix>,
  ];
  const eigen = (matrix: InstanceType<typeof Matrix>) => new EigenvalueDecomposition(matrix, {assumeSymmetric: true});
  // Σ₁Σ₂ is similar to Σ₁^½ Σ₂ Σ₁^½, which is symmetric; rounding may leave eigenvalues a little below zero
  const {realEigenvalues, eigenvectorMatrix} = eigen(covarianceA);
  const scaled = eigenvectorMatrix.clone().mulRowVector(realEigenvalues.map((value) => Math.sqrt(Math.max(value, 0))));
  const root = scaled.mmul(eigenvectorMatrix.transpose());
  const common = eigen(root.mmul(covarianceB).mmul(root)).realEigenvalues;
  const means = a.mean.reduce((sum, value, index) => sum + (value - (b.mean[index] as number)) ** 2, 0);
  const roots = common.reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0);
  return means + covarianceA.trace() + covarianceB.trace() - 2 * roots;
}
