import {Type} from '@sinclair/typebox';
import {defineNode} from '../../core/node.js';
import {confusionPicture} from '../../figures/confusion-matrix.js';

const params = Type.Object(
  {title: Type.String({default: 'Confusion matrix', maxLength: 200, description: 'Heading of the picture.'})},
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'visualise/confusion-matrix',
  summary: 'Which classes are taken for which, with the recall and the precision of each.',
  example: `confusion:
  use: visualise/confusion-matrix
  in: grades.confusion`,
  params,
  inputs: {
    confusion: {kind: 'table', description: 'A column `actual`, and one of counts for each class, as evaluate/classifier gives.'},
  },
  usesTensors: false,
  prepare: (params, {confusion}, report) => {
    if (confusion.columns[0] !== 'actual')
      report({
        path: ['in', 'confusion'],
        message: `Expected a table whose first column is \`actual\`, got ${confusion.columns.join(', ')}`,
        hint: 'Take the output `confusion` of an `evaluate/classifier`.',
      });
    return params;
  },
  outputs: () => ({figure: {kind: 'figure'}}),
  run: async ({prepared: {title}, inputs: {confusion}}) => {
    const {actual = [], ...columns} = confusion.columns;
    // columns come back from the store in another order
    const classes = actual.map(String);
    const counts = classes.map((_, row) => classes.map((name) => Number(columns[name]?.[row])));
    return {
      figure: {
        kind: 'figure',
        title,
        alt: `Confusion matrix of ${classes.length} classes: a row what the examples are, a column what they are taken for.`,
        png: await confusionPicture({title, classes, counts}),
        interactive: {type: 'matrix', classes, counts},
      },
    };
  },
});
