/** The tensor of a split that tells its examples: `features`, where a stage has made some, else `images`. */
export const examplesName = (split: Readonly<Record<string, unknown>> = {}): 'features' | 'images' =>
  split['features'] === undefined ? 'images' : 'features';
