import type {Report} from '../core/node.js';
import type {ModelType, SplitType, TensorType} from '../core/ports.js';
import {agreeOnRange, checkDecoderInput, givenBy, takenBy, tensorIn, unifyDimensions} from './agree.js';

interface Autoencoder {
  /** A split with the images that go in, and perhaps labels. */
  readonly split: SplitType | undefined;
  readonly encoder: ModelType;
  readonly decoder: ModelType;
  /** Codes that were made before; those that the encoder gives when there are none. */
  readonly codes?: TensorType | undefined;
}

/** Reports images, encoder, codes and decoder that do not go together; the decoder may be told the class beside the code. */
export function agreeOnAutoencoder({split, encoder, decoder, codes}: Autoencoder, report: Report): void {
  const images = tensorIn('data', 'images', split, ['examples', '...shape']);
  const decoded = givenBy('decoder', decoder, '...shape');
  const encoded = givenBy('encoder', encoder, 'code');
  const code = codes ? {path: ['in', 'codes'], what: '`codes`', tensor: codes, names: ['examples', 'code']} : encoded;
  unifyDimensions([images, takenBy('encoder', encoder, '...shape'), decoded, code, ...(codes ? [encoded] : [])], report);
  agreeOnRange(images, decoded, report);
  checkDecoderInput(decoder, code, split?.['labels'], report);
}
