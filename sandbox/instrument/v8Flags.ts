/**
 * V8 options for a process that runs guests, to be set before the first module is compiled. Instrumented bodies
 * outgrow V8's limits for inlining, and V8 heeds the branch hints by which we mark our slow paths only when told to.
 * Neither changes what a program computes.
 */
export const V8_FLAGS: readonly string[] = [
  '--experimental-wasm-branch-hinting',
  '--wasm-inlining-factor=10',
  '--wasm-inlining-budget=50000',
  '--wasm-inlining-max-size=5000',
];
