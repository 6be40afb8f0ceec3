#!/usr/bin/env node
/** Entry of the command line `wasm-sandbox`. */
import { commandLine } from './commandLine.ts';

process.exitCode = await commandLine(process.argv.slice(2));
