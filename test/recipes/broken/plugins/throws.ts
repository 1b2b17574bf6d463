// A plugin that fails when it is imported.
throw new Error('no licence found');
