// Tests run from the compiled tree, on what ships. Each file has its own process, because the native
// addon's thread pools would otherwise oversubscribe the cores.
export default {
  files: ['dist/test/**/*.test.js'],
  workerThreads: false,
  concurrency: 2,
  timeout: '10m',
};
